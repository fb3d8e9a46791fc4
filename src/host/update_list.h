/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a list of TCEs into a window in two steps, so that several windows
 * can follow one list: prepare may fail and undoes itself; after it, commit
 * cannot fail in the virtual-mode tier. The real-mode tier refuses instead of
 * allocating or waiting:
 *
 *  (U3) SLOWER from the real-mode tier means that no entry has changed, not
 *       even for a moment, and that every count is what it was.
 *
 * Under the RCU read lock, range checked.
 */
#ifndef STCE_HOST_UPDATE_LIST_H
#define STCE_HOST_UPDATE_LIST_H

#include "host/window.h"

/* What the real-mode tier writes at once, in entries of the window: it keeps devices out meanwhile. */
#define HOST_LIST_REAL_MAX 512

enum host_tier {
	HOST_TIER_REAL,      /* no lock, no allocation, no system call, no fault */
	HOST_TIER_VIRTUAL,
};

struct host_list {
	struct host_window *window;
	struct tce_index index;      /* first entry */
	unsigned int item_bits;      /* each item covers 2^item_bits entries */
	unsigned int count;          /* items */
	const uint64_t *item;        /* program address and permissions; none: clear. NULL: clear all */
};

/* 0; -EINVAL not registered or in smaller pages; -ENOMEM; SLOWER: not in this tier. */
int host_list_prepare(const struct host_list *list, enum host_tier tier);
/* Refuses more entries than the real-mode tier writes at once: SLOWER. */
int host_list_too_long(uint64_t count);
/* Undoes a successful prepare. */
void host_list_cancel(const struct host_list *list);
/* 0; SLOWER in the real-mode tier, which then has cancelled as well. */
int host_list_commit(const struct host_list *list, enum host_tier tier);

#endif
