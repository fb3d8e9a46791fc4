/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a list of TCEs into a window in two steps, so that several windows can follow one list.
 * Preparing may fail, and then undoes itself; committing cannot fail in the virtual-mode tier. Where
 * that tier allocates or waits, the real-mode tier answers SLOWER, from either step:
 *
 *  (U3) SLOWER from the real-mode tier means that no entry has changed, not even for a moment, and
 *       every count is what it was.
 *
 * The caller must be inside the RCU read lock and must have checked the range. Judging the guest's
 * entries is left to kvm/put.c.
 */
#ifndef STCE_HOST_UPDATE_LIST_H
#define STCE_HOST_UPDATE_LIST_H

#include "host/window.h"

/* The real-mode tier writes so many entries at most, because it keeps devices out meanwhile. */
#define HOST_LIST_REAL_MAX 512

enum host_tier {
	HOST_TIER_REAL,      /* takes no lock, allocates nothing, makes no system call, and does not fault */
	HOST_TIER_VIRTUAL,
};

/* A part of the program's memory. */
struct host_extent {
	struct vaddr start;
	uint64_t length;             /* bytes */
};

struct host_list {
	struct host_window *window;
	struct tce_index index;      /* first entry */
	unsigned int item_bits;      /* each item covers 2^item_bits entries */
	unsigned int count;          /* items */
	/*
	 * Each is the program's address with permissions; without permissions it clears. NULL clears
	 * all.
	 */
	const uint64_t *item;
	/*
	 * If its length is not 0, all items are valid, each lies in it as a whole, and has the permissions
	 * that the hardware stores.
	 */
	struct host_extent extent;
};

/*
 * Returns 0; -EINVAL: a page is not registered, or is registered in smaller pages; -ENOMEM; SLOWER:
 * this tier cannot do it.
 */
int host_list_prepare(const struct host_list *list, enum host_tier tier);
/*
 * Returns SLOWER, and gives as reason that so many entries are more than the real-mode tier writes
 * at once.
 */
int host_list_too_long(uint64_t count);
/* Undoes a successful host_list_prepare(). */
void host_list_cancel(const struct host_list *list);
/* Returns 0, or in the real-mode tier SLOWER, after which the list is cancelled too. */
int host_list_commit(const struct host_list *list, enum host_tier tier);

#endif
