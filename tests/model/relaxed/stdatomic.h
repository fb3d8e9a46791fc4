/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements C11's atomics by relacy, a model checker for memory models. A source file of src/ that
 * is compiled with this folder first in the include path runs in relacy's threads, and each load
 * may return any value that C11 allows.
 */
#ifndef STCE_TESTS_RELAXED_STDATOMIC_H
#define STCE_TESTS_RELAXED_STDATOMIC_H

#include <relacy/relacy.hpp>

#define _Alignas(n)
#define _Atomic(type) rl::atomic<type>
typedef rl::atomic<int> atomic_bool;

#define memory_order_relaxed rl::mo_relaxed
#define memory_order_acquire rl::mo_acquire
#define memory_order_release rl::mo_release
#define memory_order_acq_rel rl::mo_acq_rel
#define memory_order_seq_cst rl::mo_seq_cst

#define atomic_load(object) (object)->load(rl::mo_seq_cst, $)
#define atomic_load_explicit(object, order) (object)->load(order, $)
#define atomic_store(object, value) (object)->store(value, rl::mo_seq_cst, $)
#define atomic_store_explicit(object, value, order) (object)->store(value, order, $)
#define atomic_exchange_explicit(object, value, order) (object)->exchange(value, order, $)
#define atomic_compare_exchange_strong(object, expected, value) \
	(object)->compare_exchange_strong(*(expected), value, rl::mo_seq_cst, $)
#define atomic_thread_fence(order) rl::atomic_thread_fence(order, $)

#endif
