/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathers the entries that a writer takes out of a table. Their pages must not be uncounted before
 * all devices have left them, so the old entries are kept as runs of TCEs that point into one
 * region each, and one drain settles them all. Linear ranges (update.c) and lists of items
 * (update_list.c) write by it. The real-mode tier does not use it, because it keeps devices out
 * while it writes. The caller must be inside the RCU read lock.
 */
#ifndef STCE_HOST_GATHER_H
#define STCE_HOST_GATHER_H

#include "host/window.h"

#define GATHER_RUN_COUNT 8

struct gather_run {
	struct mem_region *region;
	uint64_t count;
};

struct gather {
	struct host_window *window;
	struct tce_share *share;   /* the window's */
	struct tce_index first;    /* the first entry that is not settled yet */
	uint64_t taken;            /* all valid entries taken out so far */
	bool clears;               /* it clears entries, some of which another writer may have cleared (U4) */
	bool is_stuck;             /* it met a part that other tables hold and that was not opened */
	unsigned int runs;
	struct gather_run run[GATHER_RUN_COUNT];
};

/* The fields are set one by one, because the runs need not be cleared. */
static inline void gather_init(struct gather *gather, struct host_window *window, struct tce_index first)
{
	gather->window = window;
	gather->share = rcu_dereference(window->share);
	gather->first = first;
	gather->taken = 0;
	gather->clears = false;
	gather->is_stuck = false;
	gather->runs = 0;
}

/* Notes an old entry that the write at index has just taken out. */
void gather_add(struct gather *gather, struct tce_index index, uint64_t old);
/* Waits for the devices that use entries before `end`, then uncounts what was taken out there. */
void gather_settle(struct gather *gather, struct tce_index end);
/*
 * Writes count entries; the first is value, and each further one is larger by step. A step of 0
 * with a value of 0 clears.
 */
void gather_write(struct gather *gather, struct tce_index index, uint64_t count,
		  uint64_t value, uint64_t step);

/*
 * Both kinds of writers call this before they write. It counts n TCEs on the pages from address on,
 * on all or none: -EINVAL.
 */
int gather_count(struct host_window *window, struct vaddr address, uint64_t n);
void gather_uncount(struct host_window *window, struct vaddr address, uint64_t n);

#endif
