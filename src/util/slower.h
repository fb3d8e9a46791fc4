/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "Again, slower": a call that cannot be finished where it was made has changed nothing and answers
 * SLOWER. The caller makes it again where more is allowed: in a higher tier, outside of the RCU read lock,
 * after waiting or splitting a share. A call that nothing makes easier is refused with -errno instead.
 */
#ifndef STCE_UTIL_SLOWER_H
#define STCE_UTIL_SLOWER_H

#include <limits.h>

#include "util/rcu.h"

/* Below all of -errno. */
#define SLOWER INT_MIN

/*
 * Makes attempts, each inside the RCU read lock, until one is not SLOWER. Before each further attempt
 * make_way runs outside of the lock; what it answers, unless it is 0, is the answer.
 */
static inline long slower_retry(long (*attempt)(void *context), int (*make_way)(void *context), void *context)
{
	long r;

	do {
		rcu_read_lock();
		r = attempt(context);
		rcu_read_unlock();
	} while (unlikely(r == SLOWER) && !(r = make_way(context)));
	return r;
}

#endif
