/* SPDX-License-Identifier: BSD-2-Clause */
/* One PE with all layers below it, without VFIO. */
#ifndef STCE_TESTS_TORTURE_WORLD_H
#define STCE_TESTS_TORTURE_WORLD_H

#include "counters.h"
#include "dma/access.h"
#include "host/pe.h"
#include "host/update.h"

#define PAGE 4096ul

struct world {
	struct counters counters;
	struct mem_ledger ledger;
	struct mem_registry registry;
	struct host_phb phb;
	struct host_pe pe;
};

/* Takes the PE from the host; no window is programmed. */
void world_init(struct world *world);
/* Asserts that nothing is registered, mapped, charged or allocated. */
void world_fini(struct world *world);

/* Makes a window of 4K pages for slot 0 or 1, and does not program it. */
struct host_window *world_window(struct world *world, unsigned int slot, uint64_t size,
				 unsigned int levels);

/* Call host_update_* inside the RCU read lock, as their callers do. */
int world_map(struct host_window *window, uint64_t index, uint64_t count, const void *address,
	      uint64_t permissions);
int world_unmap(struct host_window *window, uint64_t index, uint64_t count);

/* Allocates n pages of ordinary memory, and frees them. */
void *world_pages(size_t n);
void world_pages_free(void *p, size_t n);

/*
 * Asserts that the change, which a thread of its own makes, is over only when an access has ended that was under way
 * before it: one that has found the window, or one inside the window's gate, at entry 7.
 */
void world_change_waits(struct host_window *window, bool in_gate, void (*change)(struct world *world), struct world *world);

struct mem_region *world_register(struct world *world, const void *start, size_t n_pages);

#endif
