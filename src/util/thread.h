/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives each thread of the process a small number. A counter that many threads change can then be
 * an array with one element for each thread: the owner adds by plain stores, and no two processors
 * share a cache line. A number is claimed at a thread's first use and becomes free when the thread
 * ends; the next thread that claims it sees all stores of the last one. What the arrays hold is the
 * callers'.
 */
#ifndef STCE_UTIL_THREAD_H
#define STCE_UTIL_THREAD_H

#include "util/types.h"

/* Numbers are below this. 512 threads can have one of their own. */
#define THREAD_NUMBERS 514
/*
 * Threads get this number when all others are claimed. They share it, so its element must stay
 * empty.
 */
#define THREAD_WITHOUT_NUMBER 1

/* 0 until the thread asks for its number. */
extern __thread unsigned int thread_number_;
unsigned int thread_number_claim(void);
/*
 * Returns a number such that this and the numbers above it have never been claimed. What a thread does with its number
 * it does after this has grown, so a reader that must see it asks afterwards.
 */
unsigned int thread_numbers_used(void);
/* Only util/fork.c calls this. */
void thread_after_fork_in_child(void);

static inline unsigned int thread_number(void)
{
	return likely(thread_number_) ? thread_number_ : thread_number_claim();
}

#endif
