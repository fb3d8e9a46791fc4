/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small number for each thread of the process, so that what many threads
 * count can be an array with an element for each: then its owner adds by plain
 * stores, and no two processors want one line. A number is claimed at a
 * thread's first use and free again when it ends; the thread that claims it next sees
 * all that the last one stored.
 */
#ifndef STCE_UTIL_THREAD_H
#define STCE_UTIL_THREAD_H

#include "util/types.h"

/* Numbers are below this; 256 threads have one of their own. */
#define THREAD_NUMBERS 258
/* What many threads have when the others are claimed: its element must stay empty. */
#define THREAD_WITHOUT_NUMBER 1

/* 0: not asked for yet. */
extern __thread unsigned int thread_number_;
unsigned int thread_number_claim(void);
/* For util/fork.c. */
void thread_after_fork_in_child(void);

static inline unsigned int thread_number(void)
{
	return likely(thread_number_) ? thread_number_ : thread_number_claim();
}

#endif
