/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A share is one set of entries, and the windows that translate through it: windows with equal
 * entries can use one set. It can be kept in several copies, one for each NUMA node; a reader uses
 * the copy of its node.
 *
 * A user of the share is the gate of a window. A writer writes for all users:
 *
 *  (E1) An update stores each entry at most once in each copy, however many users the share has,
 *       and drains or shuts each user's gate. When it is over, no device of any user uses what the
 *       update took out.
 *  (E2) When no writer is in progress, all copies are equal.
 *  (E3) While a share is suspended nobody writes, so its entries can be compared and copied, and users
 *       can come and go.
 *
 * Writers are inside the RCU read lock. While a writer that did not find the share suspended is at
 * work, no user is added. A user may be removed meanwhile, but then its window is in no PE. Only one
 * thread at a time may suspend shares and change users: host/share.h sees to that, and decides which
 * windows share.
 */
#ifndef STCE_TCE_SHARE_H
#define STCE_TCE_SHARE_H

#include <pthread.h>

#include "tce/gate.h"
#include "tce/table.h"
#include "util/rcu_list.h"

#define TCE_COPY_MAX 8

/* The NUMA nodes on which copies of tables lie. */
struct tce_placement {
	unsigned int count;            /* copies, 1..TCE_COPY_MAX */
	int node[TCE_COPY_MAX];        /* the node of each copy, or NUMA_ANYWHERE */
	struct tce_parts *parts;       /* through which tables hold equal parts together; NULL: they do not */
};

#define TCE_SHARE_LOCK_COUNT 8

struct tce_share {
	pthread_mutex_t lock[TCE_SHARE_LOCK_COUNT];   /* for ranges of entries; used if there are several copies */
	struct rcu_list users;         /* gates, by in_share */
	_Atomic(unsigned int) flags;   /* 0 if it has at most one user and is not suspended */
	unsigned int copy_count;
	struct tce_table copy[];       /* the first copy decides which entries a writer takes out */
};

#define TCE_SHARE_SUSPENDED 1u
#define TCE_SHARE_JOINED 2u            /* it has several users */

/*
 * Makes a share without a user. The geometry must have passed tce_geometry_check_limits(). -ENOMEM.
 */
int tce_share_new(const struct tce_geometry *geometry, const struct tce_placement *placement,
		  struct stats *stats, struct tce_share **share);
/* No reader may be left. NULL is fine. Must not be called inside the RCU read lock. */
void tce_share_free(struct tce_share *share);

/*
 * Adds a user, either the first or while the share is suspended. If another share has the gate in its
 * list, no thread may be reading that list.
 */
void tce_share_add_user(struct tce_share *share, struct tce_gate *user);
/* When it returns, no writer drains the gate through this share. */
void tce_share_remove_user(struct tce_share *share, struct tce_gate *user);

/* (E3) Returns when all writers have left. */
void tce_share_suspend(struct tce_share *share);
void tce_share_resume(struct tce_share *share);

/* Compares two suspended shares, whose geometry must be the same. */
bool tce_share_is_equal(const struct tce_share *a, const struct tce_share *b);
/* Lets an empty share that nobody uses yet hold the parts of a suspended one. -ENOMEM. */
int tce_share_copy(struct tce_share *to, struct tce_share *from);

/* Calls tce_table_reserve() for each copy. */
int tce_share_reserve(struct tce_share *share, struct tce_index first, uint64_t count);
int tce_share_open_offered(struct tce_share *share, struct tce_index first, uint64_t count, bool whole);
/* Wishes a scan of what has been filled, if one is worth it (tce/scan.h). */
void tce_share_wish_scan(struct tce_share *share, struct tce_index first, uint64_t count);

/* Drains the gates of all users (tce/gate.h). */
void tce_share_drain(const struct tce_share *share, struct tce_index first, uint64_t count);

/* At most so many users can be shut together. */
#define TCE_SHUT_MAX 16

/* A set of gates that are shut. */
struct tce_shut {
	unsigned int count;
	struct {
		struct tce_gate *gate;
		unsigned int slot;
	} user[TCE_SHUT_MAX];
};

/* Shuts the gates of all users, or of none: false if one cannot be shut now. Never waits. */
bool tce_share_try_shut(const struct tce_share *share, struct tce_index first, uint64_t count, struct tce_shut *shut);
/*
 * Shuts one gate and adds it to the set, or returns false. If a share has one user only, the writer
 * calls this for that gate in place of tce_share_try_shut().
 */
bool tce_shut_add(struct tce_shut *shut, struct tce_gate *gate, struct tce_index first, uint64_t count);
void tce_shut_open(struct tce_shut *shut);

/*
 * These keep (E2) if there are several copies. tce_share_lock() locks as many entries from first on
 * as one lock covers, at most limit, and returns how many. The caller then writes the other copies,
 * and last the first one, from which it takes the old entries. A whole part is taken
 * out under all locks.
 */
uint64_t tce_share_lock(struct tce_share *share, struct tce_index first, uint64_t limit);
void tce_share_unlock(struct tce_share *share, struct tce_index first);
void tce_share_lock_all(struct tce_share *share);
void tce_share_unlock_all(struct tce_share *share);
void tce_share_write_others(struct tce_share *share, struct tce_index index, uint64_t count,
			    uint64_t value, uint64_t step);

/*
 * Calls tce_table_open() for each copy. What is offered for the first time after this look at the flag
 * is not shared before the caller's read section ends.
 */
static inline int tce_share_open(struct tce_share *share, struct tce_index first, uint64_t count, bool whole)
{
	if (likely(share->copy_count == 1 && !atomic_load_explicit(&share->copy[0].was_offered, memory_order_acquire)))
		return 0;
	return tce_share_open_offered(share, first, count, whole);
}

static inline unsigned int tce_share_flags(const struct tce_share *share)
{
	return atomic_load_explicit(&share->flags, memory_order_acquire);
}

#endif
