/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DMA window: bus addresses, the share of a table that translates them, and
 * the gate that knows which of them are in use. Made and freed by its owner, a
 * container or the host; PEs only point at it while it is programmed.
 */
#ifndef STCE_HOST_WINDOW_H
#define STCE_HOST_WINDOW_H

#include "mem/region.h"
#include "tce/share.h"
#include "util/slower.h"

/* Somebody above who writes into a window that is not its own. */
struct host_window_watch {
	/*
	 * The window goes: write into it no more. Called under the PHB's
	 * watch_lock; finders are waited for afterwards.
	 */
	void (*gone)(struct host_window_watch *watch);
	struct host_window_watch *next;
};

struct host_window {
	struct tce_gate gate;
	struct ioba start;
	unsigned int slot;         /* in its container, 0 or 1 */
	struct mem_registry *registry;   /* counts what is mapped; NULL: nobody does */
	struct tce_geometry geometry;
	struct stats *stats;  /* borrowed */
	struct tce_share *share;   /* RCU; see host/share.h */
	struct host_window_watch *watches;   /* under the PHB's watch_lock */
};

/* -ENOMEM. */
int host_window_new(unsigned int slot, struct ioba start,
		    const struct tce_geometry *geometry, struct mem_registry *registry,
		    const struct tce_placement *placement, struct stats *stats,
		    struct host_window **window);
/* No PE points at it any more, and no device uses it. */
void host_window_free(struct host_window *window);

#define HOST_WINDOW_READ_MAX 512

/*
 * Reads entries from index on, until a hole or the end, and returns how many
 * it has passed: *count that it has read, or those of a hole. index < entries.
 */
uint64_t host_window_read(const struct host_window *window, struct tce_index index,
			  uint64_t entry[HOST_WINDOW_READ_MAX], unsigned int *count);

/* watch_lock held. */
void host_window_add_watch(struct host_window *window, struct host_window_watch *watch);
void host_window_remove_watch(struct host_window *window, struct host_window_watch *watch);
/* Tells all watches; returns whether there were any. watch_lock held. */
bool host_window_tell_watches(struct host_window *window);

/* The copy that the devices of a PE read. Under the RCU read lock, or inside the gate. */
static inline const struct tce_table *host_window_table(const struct host_window *window,
							unsigned int copy)
{
	return &rcu_dereference(window->share)->copy[copy];
}

/* Waits for the devices that use a range of the window's share; see tce/gate.h. */
static inline void host_window_drain(struct host_window *window, const struct tce_share *share,
				     struct tce_index first, uint64_t count)
{
	/* Without a flag the window is alone, and its gate is here. */
	if (likely(!tce_share_flags(share)))
		tce_gate_drain(&window->gate, first, count);
	else
		tce_share_drain(share, first, count);
}

/* Keeps devices out of the range until tce_shut_open(); false where one is in it. Never waits. */
static inline bool host_window_try_shut(struct host_window *window, struct tce_index first, uint64_t count,
					struct tce_shut *shut)
{
	const struct tce_share *share = rcu_dereference(window->share);

	if (unlikely(tce_share_flags(share)))
		return tce_share_try_shut(share, first, count, shut);
	shut->count = 0;
	return tce_shut_add(shut, &window->gate, first, count);
}

static inline uint64_t host_window_page_size(const struct host_window *window)
{
	return bit64(window->geometry.page_shift);
}

/* The entries' bytes, not the requested size: they differ below one page. */
static inline bool host_window_has(const struct host_window *window, struct ioba ioba)
{
	return ioba.value >= window->start.value &&
	       (ioba.value - window->start.value) >> window->geometry.page_shift <
		       window->geometry.entries;
}

static inline struct tce_index host_window_index(const struct host_window *window, struct ioba ioba)
{
	return to_index((ioba.value - window->start.value) >> window->geometry.page_shift);
}

#endif
