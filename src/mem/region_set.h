/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of regions: an array sorted by start that is never changed, only
 * replaced. Live regions never overlap, so one search by start is enough;
 * dead ones are left out of the next set.
 */
#ifndef STCE_MEM_REGION_SET_H
#define STCE_MEM_REGION_SET_H

#include "mem/region.h"

struct mem_region_set {
	size_t count;
	struct mem_region *region[];
};

/* With no region in it; NULL without memory. free() ends a set, and none of its regions. */
struct mem_region_set *region_set_empty(void);

/* The region that holds the whole range, dead or not, or NULL. */
struct mem_region *region_set_find(const struct mem_region_set *set, uint64_t start, uint64_t length);

/* Whether a live region shares a byte with the range. */
bool region_set_overlaps(const struct mem_region_set *set, uint64_t start, uint64_t length);

/*
 * The live regions of a set and, unless it is NULL, one more. The dead ones
 * are put before *dead, by next_dead. NULL without memory: nothing is changed.
 */
struct mem_region_set *region_set_next(const struct mem_region_set *set, struct mem_region *added,
				       struct mem_region **dead);

#endif
