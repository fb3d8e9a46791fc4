/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RCU: readers follow pointers without a lock, and a writer that has removed a pointer waits until
 * no reader can still use it. This is liburcu's algorithm with two phases, as in its flavour "bp".
 * It is our own code for one reason: a process may hold several copies of this library (the
 * preload, an embedder's libspapr-tce) beside programs that use liburcu themselves. liburcu-bp has
 * one state and one lock for the whole process, and each of its users takes that lock in a
 * pthread_atfork handler, so with two users fork() deadlocks on itself. A private liburcu cannot be
 * linked in, because Debian's static library is not position independent, and libck's epochs cost a
 * locked instruction for each read section. Each copy of this library has its own state here, which
 * no other copy sees. The writer frees what it has removed.
 *
 *  (R1) An object that a reader found before rcu_synchronize() began stays whole until the reader
 *       leaves its outermost read section; the thread that waited sees what the reader did there.
 *  (R2) A reader that enters after rcu_synchronize() began finds what was published before it
 *       began.
 *  (R3) Entering and leaving take no lock and nest, also across a signal handler that interrupts
 *       either of them. The first entry of a thread does not call malloc().
 *  (R4) After fork() the child has one reader, the forking thread, which stays in the section that
 *       it was in. fork() waits for no reader and for no rcu_synchronize() of another thread.
 *  (R5) When a thread ends, its record becomes free again.
 *
 * A thread inside a read section must not call rcu_synchronize().
 */
#ifndef STCE_UTIL_RCU_H
#define STCE_UTIL_RCU_H

#include <stdatomic.h>

#include "util/own_word.h"
#include "util/types.h"

/*
 * The low bits of ctr are the depth of nesting; the bit above is the phase in which the outermost
 * section was entered.
 */
#define RCU_PHASE (1UL << 32)
#define RCU_DEPTH (RCU_PHASE - 1)

/*
 * A thread's record. It has two cache lines to itself, because processors fetch lines in pairs and
 * POWER's lines are that long.
 */
struct rcu_reader {
	_Alignas(2 * CACHE_LINE_SIZE) _Atomic(unsigned long) ctr;
	atomic_bool is_claimed;
};

/*
 * The record of all threads that have none yet. It is inside a section for ever, so that a thread which is not learns by
 * one test that it has a record and may enter.
 */
extern const struct rcu_reader rcu_nobody_;
extern __thread struct rcu_reader *rcu_reader_;
/* The ctr that a reader stores when it enters now, with a depth of 1. */
extern _Atomic(unsigned long) rcu_entry_;
/*
 * True if rcu_synchronize() runs the readers' fences by membarrier(2), so they need none of their
 * own.
 */
extern atomic_bool rcu_has_membarrier_;
/* Enters a section within another one, or the first section of the thread. */
void rcu_enter_slowly_(void);

#ifdef __SANITIZE_THREAD__
#define RCU_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TSAN 1
#endif
#endif

/*
 * TSAN understands neither fences nor membarrier(2), so here the operations themselves give the
 * order.
 */
#ifdef RCU_TSAN
#define RCU_LOAD __ATOMIC_ACQUIRE
static inline void rcu_enter_(struct rcu_reader *reader, unsigned long ctr)
{
	atomic_exchange(&reader->ctr, ctr);
}

static inline void rcu_leave_(struct rcu_reader *reader)
{
	atomic_store_explicit(&reader->ctr, atomic_load_explicit(&reader->ctr, memory_order_relaxed) - 1,
			      memory_order_release);
}
#else
/*
 * On every processor that Linux supports but Alpha, a load through a pointer comes after the load
 * of the pointer.
 */
#define RCU_LOAD __ATOMIC_RELAXED
static inline void rcu_enter_(struct rcu_reader *reader, unsigned long ctr)
{
	atomic_store_explicit(&reader->ctr, ctr, memory_order_relaxed);
	if (likely(atomic_load_explicit(&rcu_has_membarrier_, memory_order_relaxed)))
		atomic_signal_fence(memory_order_seq_cst);
	else
		atomic_thread_fence(memory_order_seq_cst);
}

static inline void rcu_leave_(struct rcu_reader *reader)
{
#if defined(__x86_64__)
	/* On x86 a release fence only keeps the compiler from reordering. */
	atomic_thread_fence(memory_order_release);
#else
	if (likely(atomic_load_explicit(&rcu_has_membarrier_, memory_order_relaxed)))
		atomic_signal_fence(memory_order_seq_cst);
	else
		atomic_thread_fence(memory_order_release);
#endif
	own_word_add(&reader->ctr, -1ul);
}
#endif

/*
 * Enters an outermost read section of a thread that has a record, which nearly every call does. false: nothing has
 * happened, and the caller must use rcu_read_lock(). It calls no function, so its caller need not save registers.
 */
static inline bool rcu_try_read_lock(void)
{
	struct rcu_reader *reader = rcu_reader_;

	if (unlikely(atomic_load_explicit(&reader->ctr, memory_order_relaxed) & RCU_DEPTH))
		return false;
	rcu_enter_(reader, atomic_load_explicit(&rcu_entry_, memory_order_relaxed));
	return true;
}

static inline void rcu_read_lock(void)
{
	if (unlikely(!rcu_try_read_lock()))
		rcu_enter_slowly_();
}

static inline void rcu_read_unlock(void)
{
	rcu_leave_(rcu_reader_);
}

/* Waits for all readers that are inside now. */
void rcu_synchronize(void);

/* Loads a pointer that readers follow, or publishes one together with what it points to. */
#define rcu_dereference(pointer)           __atomic_load_n(&(pointer), RCU_LOAD)
#define rcu_assign_pointer(pointer, value) __atomic_store_n(&(pointer), (value), __ATOMIC_RELEASE)

#endif
