/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adds to a word that one thread writes and others read at any time: a counter, or a depth. Such a word needs whole
 * stores, but no locked addition. gcc makes three instructions of an atomic load, an addition and an atomic store, so on
 * x86 it is given the one that does all three, which clang makes by itself. Order is left to the caller.
 */
#ifndef STCE_UTIL_OWN_WORD_H
#define STCE_UTIL_OWN_WORD_H

#include <stdatomic.h>
#include <stdint.h>

static inline __attribute__((always_inline)) void own_word_add(_Atomic(uint64_t) *word, uint64_t n)
{
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
	__asm__("addq %1, %0" : "+m"(*word) : "er"(n) : "cc");
#else
	atomic_store_explicit(word, atomic_load_explicit(word, memory_order_relaxed) + n, memory_order_relaxed);
#endif
}

#endif
