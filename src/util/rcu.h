/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RCU: readers follow pointers without a lock, and whoever takes a pointer out
 * waits until nobody can still have found it. This is liburcu's algorithm with
 * two phases, as its flavour "bp" has it. It is our own code for one reason: a
 * process may hold several copies of this library (the preload, an embedder's
 * libspapr-tce) beside programs that use liburcu themselves. liburcu-bp has one
 * state and one lock for all of a process, and each of its users takes that lock
 * in a pthread_atfork handler, so a second user's fork() waits for itself for
 * ever. A private liburcu cannot be linked in, because Debian's static library
 * is not position independent, and libck's epochs cost a locked instruction for
 * each read section. All state here is hidden in the copy that uses it.
 *
 *  (R1) what a reader found before rcu_synchronize() began stays whole until
 *       the reader leaves its outermost read section; what it did there is seen
 *       by the thread that waited.
 *  (R2) who enters after rcu_synchronize() began finds what was published
 *       before it began.
 *  (R3) entering and leaving take no lock and nest, also across a signal
 *       handler that interrupts either of them. The first entry of a thread
 *       allocates nothing with malloc().
 *  (R4) after fork() the child has one reader, the forking thread, which stays
 *       in the section that it was in. fork() waits for no reader and for no
 *       rcu_synchronize() of another thread.
 *  (R5) a thread's record is free again when the thread has ended.
 *
 * A thread inside a read section must not call rcu_synchronize().
 */
#ifndef STCE_UTIL_RCU_H
#define STCE_UTIL_RCU_H

#include <stdatomic.h>

#include "util/types.h"

/* The depth of nesting, and above it the phase in which the outermost section was entered. */
#define RCU_PHASE (1UL << 32)
#define RCU_DEPTH (RCU_PHASE - 1)

/* A thread's record. Two lines, because processors fetch lines in pairs, and POWER's are that long. */
struct rcu_reader {
	_Alignas(2 * CACHE_LINE_SIZE) _Atomic(unsigned long) ctr;
	atomic_bool is_claimed;
};

extern __thread struct rcu_reader *rcu_reader_;
/* The ctr of a reader that enters now: a depth of 1. */
extern _Atomic(unsigned long) rcu_entry_;
/* Whether rcu_synchronize() puts the fences into the readers: then they need none of their own. */
extern atomic_bool rcu_has_membarrier_;
struct rcu_reader *rcu_register_(void);

#ifdef __SANITIZE_THREAD__
#define RCU_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TSAN 1
#endif
#endif

/* TSAN knows no fences and no membarrier, so it is told the same order by the operations themselves. */
#ifdef RCU_TSAN
#define RCU_LOAD __ATOMIC_ACQUIRE
static inline void rcu_enter_(struct rcu_reader *reader, unsigned long ctr)
{
	atomic_exchange(&reader->ctr, ctr);
}

static inline void rcu_leave_(struct rcu_reader *reader, unsigned long ctr)
{
	atomic_store_explicit(&reader->ctr, ctr, memory_order_release);
}
#else
/* What is reached through a pointer is loaded after it on every processor that Linux knows but Alpha. */
#define RCU_LOAD __ATOMIC_RELAXED
static inline void rcu_enter_(struct rcu_reader *reader, unsigned long ctr)
{
	atomic_store_explicit(&reader->ctr, ctr, memory_order_relaxed);
	if (likely(atomic_load_explicit(&rcu_has_membarrier_, memory_order_relaxed)))
		atomic_signal_fence(memory_order_seq_cst);
	else
		atomic_thread_fence(memory_order_seq_cst);
}

static inline void rcu_leave_(struct rcu_reader *reader, unsigned long ctr)
{
	if (likely(atomic_load_explicit(&rcu_has_membarrier_, memory_order_relaxed)))
		atomic_signal_fence(memory_order_seq_cst);
	else
		atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&reader->ctr, ctr, memory_order_relaxed);
}
#endif

static inline void rcu_read_lock(void)
{
	struct rcu_reader *reader = rcu_reader_;
	unsigned long ctr;

	if (unlikely(!reader))
		reader = rcu_register_();
	ctr = atomic_load_explicit(&reader->ctr, memory_order_relaxed);
	if (likely(!(ctr & RCU_DEPTH)))
		rcu_enter_(reader, atomic_load_explicit(&rcu_entry_, memory_order_relaxed));
	else
		atomic_store_explicit(&reader->ctr, ctr + 1, memory_order_relaxed);
}

static inline void rcu_read_unlock(void)
{
	struct rcu_reader *reader = rcu_reader_;

	rcu_leave_(reader, atomic_load_explicit(&reader->ctr, memory_order_relaxed) - 1);
}

/* Waits for all readers that are inside now. */
void rcu_synchronize(void);

/* A pointer that readers follow: loaded by them, and published with what it points to. */
#define rcu_dereference(pointer)           __atomic_load_n(&(pointer), RCU_LOAD)
#define rcu_assign_pointer(pointer, value) __atomic_store_n(&(pointer), (value), __ATOMIC_RELEASE)

#endif
