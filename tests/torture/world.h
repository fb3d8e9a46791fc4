/* SPDX-License-Identifier: BSD-2-Clause */
/* One PE with everything below it, and no VFIO above. */
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

/* The PE is taken from the host; no window is programmed. */
void world_init(struct world *world);
/* Asserts that nothing is registered, mapped, charged or allocated any more. */
void world_fini(struct world *world);

/* A window of 4K pages in slot 0 or 1, not programmed. */
struct host_window *world_window(struct world *world, unsigned int slot, uint64_t size,
				 unsigned int levels);

/* host_update_* under the RCU read lock, as its callers hold it. */
int world_map(struct host_window *window, uint64_t index, uint64_t count, const void *address,
	      uint64_t permissions);
void world_unmap(struct host_window *window, uint64_t index, uint64_t count);

/* n pages of ordinary memory, and back. */
void *world_pages(size_t n);
void world_pages_free(void *p, size_t n);

struct mem_region *world_register(struct world *world, const void *start, size_t n_pages);

#endif
