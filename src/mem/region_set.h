/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of regions is an array sorted by start, which is never changed but replaced. Live regions
 * never overlap, so a search by start finds the only candidate; dead ones are left out of the next
 * set. Readers and old sets are left to mem/region.c.
 */
#ifndef STCE_MEM_REGION_SET_H
#define STCE_MEM_REGION_SET_H

#include "mem/region.h"

struct mem_region_set {
	size_t count;
	struct mem_region *region[];
};

/*
 * Returns an empty set, or NULL if there is no memory. free() frees a set but none of its regions.
 */
struct mem_region_set *region_set_empty(void);

/* Returns the region, dead or live, that contains the whole range, or NULL. */
struct mem_region *region_set_find(const struct mem_region_set *set, uint64_t start, uint64_t length);

/* Returns whether a live region shares a byte with the range. */
bool region_set_overlaps(const struct mem_region_set *set, uint64_t start, uint64_t length);

/*
 * Returns a new set of the live regions and, unless it is NULL, one more. The dead ones are put at
 * the head of the list *dead, by next_dead. NULL: there is no memory, and nothing has changed.
 */
struct mem_region_set *region_set_next(const struct mem_region_set *set, struct mem_region *added,
				       struct mem_region **dead);

#endif
