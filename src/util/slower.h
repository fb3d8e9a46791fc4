/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "Again, slower": a call that cannot be finished where it was made changes nothing and returns
 * SLOWER. The caller makes it again where more is allowed: in a higher tier, outside the RCU read
 * lock, or after waiting or splitting a share. A call that would not be easier anywhere is refused
 * with -errno instead.
 */
#ifndef STCE_UTIL_SLOWER_H
#define STCE_UTIL_SLOWER_H

#include <limits.h>

#include "util/rcu.h"

/* It is below every -errno. */
#define SLOWER INT_MIN

/*
 * Repeats attempt(), each time inside the RCU read lock, until it does not return SLOWER. Before
 * each further attempt make_way() runs outside the lock; if that returns anything but 0, it is the
 * result.
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
