/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One set of entries and those who translate through it: windows that hold
 * the same entries use one set, not identical ones. It can be kept in several
 * copies, one for each NUMA node; a reader takes the copy of its node.
 *
 * A user is the gate of a window. Who writes does so for all users:
 *
 *  (E1) an update stores each entry once per copy, and drains each user's
 *       gate once: when it is over, no device of any user uses what it took out;
 *  (E2) when no writer is in progress, all copies hold the same;
 *  (E3) while a share is frozen nobody writes: its entries can be compared
 *       and copied, and users can come and go.
 *
 * Writers are inside the RCU read lock, in which a share that they have not
 * found frozen stays as it is. One caller at a time freezes and changes users.
 */
#ifndef STCE_TCE_SHARE_H
#define STCE_TCE_SHARE_H

#include <pthread.h>

#include "tce/gate.h"
#include "tce/table.h"
#include "util/rcu_list.h"

#define TCE_COPY_MAX 8

/* Where the copies of tables lie. */
struct tce_placement {
	unsigned int count;            /* copies, 1..TCE_COPY_MAX */
	int node[TCE_COPY_MAX];        /* of each, or NUMA_ANYWHERE */
};

#define TCE_SHARE_LOCK_COUNT 8

struct tce_share {
	pthread_mutex_t lock[TCE_SHARE_LOCK_COUNT];   /* of ranges, where there are several copies */
	struct rcu_list users;         /* gates, by in_share */
	_Atomic(unsigned int) flags;   /* 0: one user, not frozen */
	unsigned int copy_count;
	struct tce_table copy[];       /* what is taken out is taken out of the first */
};

#define TCE_SHARE_FROZEN 1u
#define TCE_SHARE_JOINED 2u            /* it has several users */

/* Without a user. The geometry must have passed tce_geometry_check_limits(). -ENOMEM. */
int tce_share_new(const struct tce_geometry *geometry, const struct tce_placement *placement,
		  struct stats *stats, struct tce_share **share);
/* No reader may be left. NULL is fine. */
void tce_share_free(struct tce_share *share);

/* The first, or while the share is frozen. The gate is no other share's user that anybody looks at. */
void tce_share_add_user(struct tce_share *share, struct tce_gate *user);
/* When it returns, no writer drains the gate. */
void tce_share_remove_user(struct tce_share *share, struct tce_gate *user);

/* (E3) returns when all writers have gone. */
void tce_share_freeze(struct tce_share *share);
void tce_share_thaw(struct tce_share *share);

/* Of frozen shares of one geometry. */
bool tce_share_is_equal(const struct tce_share *a, const struct tce_share *b);
/* Fills an empty one that nobody uses yet. -ENOMEM. */
int tce_share_copy(struct tce_share *to, const struct tce_share *from);

/* tce_table_reserve() in every copy. */
int tce_share_reserve(struct tce_share *share, struct tce_index first, uint64_t count);

/* The gates of all users; see tce/gate.h. */
void tce_share_drain(const struct tce_share *share, struct tce_index first, uint64_t count);

/* As many users as can be shut together. */
#define TCE_SHUT_MAX 16

/* Gates that are shut. */
struct tce_shut {
	unsigned int count;
	struct {
		struct tce_gate *gate;
		unsigned int place;
	} user[TCE_SHUT_MAX];
};

/* All gates, or none: false where one cannot be shut now. Never waits. */
bool tce_share_try_shut(const struct tce_share *share, struct tce_index first, uint64_t count, struct tce_shut *shut);
/* For a gate that is alone, and as a step of the above. */
bool tce_shut_add(struct tce_shut *shut, struct tce_gate *gate, struct tce_index first, uint64_t count);
void tce_shut_open(struct tce_shut *shut);

/*
 * (E2) with several copies: locks as many entries from first on, at most
 * limit, as one lock covers, and returns how many; then the other copies are
 * written before the first one, which says what is taken out.
 */
uint64_t tce_share_lock(struct tce_share *share, struct tce_index first, uint64_t limit);
void tce_share_unlock(struct tce_share *share, struct tce_index first);
void tce_share_write_others(struct tce_share *share, struct tce_index index, uint64_t count,
			    uint64_t value, uint64_t step);

static inline unsigned int tce_share_flags(const struct tce_share *share)
{
	return atomic_load_explicit(&share->flags, memory_order_acquire);
}

#endif
