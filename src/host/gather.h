/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a writer takes out of a table it must not uncount before the devices have left, so it gathers the
 * old entries, as runs of TCEs that point into one region each, and settles them after one drain. Linear
 * ranges (update.c) and lists of items (update_list.c) both write by it, which is why it is a file of its
 * own. The real-mode tier does not: it keeps devices out before it writes. Under the RCU read lock.
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
	struct tce_index first;    /* the first entry not settled yet */
	uint64_t taken;            /* valid entries taken out, in all */
	unsigned int runs;
	struct gather_run run[GATHER_RUN_COUNT];
};

/* Field by field: the runs need not be cleared. */
static inline void gather_init(struct gather *gather, struct host_window *window, struct tce_index first)
{
	gather->window = window;
	gather->share = rcu_dereference(window->share);
	gather->first = first;
	gather->taken = 0;
	gather->runs = 0;
}

/* Notes an old entry that the write at index has just taken out. */
void gather_add(struct gather *gather, struct tce_index index, uint64_t old);
/* Entries before `end` are final: waits for their users, then uncounts. */
void gather_settle(struct gather *gather, struct tce_index end);
/* Writes count entries, from value on in steps; step 0 with value 0 clears. */
void gather_write(struct gather *gather, struct tce_index index, uint64_t count,
		  uint64_t value, uint64_t step);

/* By the same writers before they write: counts n TCEs on the pages from address on, all or none: -EINVAL. */
int gather_count(struct host_window *window, struct vaddr address, uint64_t n);
void gather_uncount(struct host_window *window, struct vaddr address, uint64_t n);

#endif
