/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DMA window: a range of bus addresses, the share of a table that translates them, and the gate
 * that knows which of them are in use. Its owner, a container or the host, makes and frees it; a PE
 * only points at it while it is programmed there (host/pe.h). Entries are written by host/update.h
 * and host/update_list.h.
 */
#ifndef STCE_HOST_WINDOW_H
#define STCE_HOST_WINDOW_H

#include "mem/region.h"
#include "tce/scan.h"
#include "tce/share.h"
#include "util/slower.h"

/* A user in a higher layer that writes into a window which it does not own. */
struct host_window_watch {
	/*
	 * Tells that the window goes: the user must not write into it any longer. Called under the
	 * PHB's watch_lock. Threads that have found the window before are waited for afterwards.
	 */
	void (*gone)(struct host_window_watch *watch);
	/* Frees the watch, when no thread uses it or the window any longer. */
	void (*unused)(struct host_window_watch *watch);
	struct host_window_watch *next;
};

struct host_window {
	struct tce_gate gate;
	struct ioba start;
	unsigned int slot;         /* its slot in the container, 0 or 1 */
	struct mem_registry *registry;   /* counts what is mapped; NULL if nothing is counted */
	uint64_t page_mask;        /* of a page, which the geometry gives by its shift: its bytes, less 1 */
	struct tce_geometry geometry;
	struct stats *stats;  /* borrowed */
	struct tce_share *share;   /* RCU; see host/share.h */
	struct host_window_watch *watches;   /* under the PHB's watch_lock */
	struct host_window_watch *told;      /* those that know that the window goes */
};

/* -ENOMEM. */
int host_window_new(unsigned int slot, struct ioba start,
		    const struct tce_geometry *geometry, struct mem_registry *registry,
		    const struct tce_placement *placement, struct stats *stats,
		    struct host_window **window);
/* Frees a window. No PE may point at it, and no device may use it. */
void host_window_free(struct host_window *window);

#define HOST_WINDOW_READ_MAX 512

/*
 * Reads entries from index on, up to a hole or the end. Returns how many entries it has passed:
 * *count that it has read, or, with *count 0, those of a hole. index must be below entries.
 */
uint64_t host_window_read(const struct host_window *window, struct tce_index index,
			  uint64_t entry[HOST_WINDOW_READ_MAX], unsigned int *count);

/* The caller must hold watch_lock. */
void host_window_add_watch(struct host_window *window, struct host_window_watch *watch);
void host_window_remove_watch(struct host_window *window, struct host_window_watch *watch);
/*
 * Removes and tells all watches. The caller must hold watch_lock, and then wait for readers before it ends them by
 * host_window_end_watches(), for which it needs no lock.
 */
void host_window_tell_watches(struct host_window *window);
void host_window_end_watches(struct host_window *window);

/*
 * Returns the copy that the devices of a PE read. The caller must be inside the RCU read lock or
 * the gate.
 */
static inline const struct tce_table *host_window_table(const struct host_window *window,
							unsigned int copy)
{
	return &rcu_dereference(window->share)->copy[copy];
}

/* Waits for the devices that use a range of the window's share (tce/gate.h). */
static inline void host_window_drain(struct host_window *window, const struct tce_share *share,
				     struct tce_index first, uint64_t count)
{
	/* Without a flag this window's gate is the share's only user. */
	if (likely(!tce_share_flags(share)))
		tce_gate_drain(&window->gate, first, count);
	else
		tce_share_drain(share, first, count);
}

/*
 * Keeps devices out of the range until tce_shut_open(). false: a device is in the range, or too
 * many ranges are shut. Never waits.
 */
static inline bool host_window_try_shut(struct host_window *window, struct tce_index first, uint64_t count,
					struct tce_shut *shut)
{
	const struct tce_share *share = rcu_dereference(window->share);

	if (unlikely(tce_share_flags(share)))
		return tce_share_try_shut(share, first, count, shut);
	shut->count = 0;
	return tce_shut_add(shut, &window->gate, first, count);
}

/* Returns whether a scan for equal parts is worth it after that range has been filled. */
static inline bool host_window_wants_scan(const struct host_window *window, struct tce_index first, uint64_t count)
{
	return tce_scan_is_worth(host_window_table(window, 0), first.value, count);
}

static inline uint64_t host_window_page_size(const struct host_window *window)
{
	return window->page_mask + 1;
}

static inline struct ioba host_window_ioba(const struct host_window *window, struct tce_index index)
{
	return to_ioba(window->start.value + (index.value << window->geometry.page_shift));
}

static inline struct tce_index host_window_index(const struct host_window *window, struct ioba ioba)
{
	return to_index((ioba.value - window->start.value) >> window->geometry.page_shift);
}

/*
 * The number of entries decides, not the requested size: a window that is smaller than a page has
 * no entry. An address before the window gives an index beyond it.
 */
static inline bool host_window_has(const struct host_window *window, struct ioba ioba)
{
	return host_window_index(window, ioba).value < window->geometry.entries;
}

#endif
