/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DMA window: bus addresses, the table that translates them, and the gate
 * that knows which of them are in use. Made and freed by its owner, a
 * container or the host; PEs only point at it while it is programmed.
 */
#ifndef STCE_HOST_WINDOW_H
#define STCE_HOST_WINDOW_H

#include "mem/region.h"
#include "tce/gate.h"
#include "tce/table.h"

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
	uint64_t start;            /* bus address */
	unsigned int slot;         /* 0, or 1 for the high window */
	struct mem_registry *registry;   /* counts what is mapped; NULL: nobody does */
	struct tce_table table;
	struct host_window_watch *watches;   /* under the PHB's watch_lock */
};

/* -ENOMEM. */
int host_window_new(unsigned int slot, uint64_t start,
		    const struct tce_geometry *geometry, struct mem_registry *registry,
		    struct stats *stats, struct host_window **window);
/* No PE points at it any more, and no device uses it. */
void host_window_free(struct host_window *window);

/* watch_lock held. */
void host_window_add_watch(struct host_window *window, struct host_window_watch *watch);
void host_window_remove_watch(struct host_window *window, struct host_window_watch *watch);
/* Tells all watches; returns whether there were any. watch_lock held. */
bool host_window_tell_watches(struct host_window *window);

static inline uint64_t host_window_page_size(const struct host_window *window)
{
	return bit64(window->table.geometry.page_shift);
}

/* The entries' bytes, not the requested size: they differ below one page. */
static inline bool host_window_has(const struct host_window *window, uint64_t ioba)
{
	return ioba >= window->start &&
	       (ioba - window->start) >> window->table.geometry.page_shift <
		       window->table.geometry.entries;
}

static inline uint64_t host_window_index(const struct host_window *window, uint64_t ioba)
{
	return (ioba - window->start) >> window->table.geometry.page_shift;
}

#endif
