/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps regions in order and searches them. Which thread may look at which set, and when an old set
 * may be freed, is left to mem/region.c.
 */
#include "mem/region_set.h"

#include "util/alloc.h"
#include "util/range.h"

static struct mem_region_set *set_of(size_t count)
{
	struct mem_region_set *set =
		alloc_zero(1, sizeof(*set) + count * sizeof(set->region[0]));

	if (set)
		set->count = count;
	return set;
}

struct mem_region_set *region_set_empty(void)
{
	return set_of(0);
}

/* Returns how many regions start at or below the address. */
static size_t count_up_to(const struct mem_region_set *set, uint64_t address)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (set->region[middle]->start.value <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct mem_region *region_set_find(const struct mem_region_set *set, uint64_t start, uint64_t length)
{
	size_t n = count_up_to(set, start);
	struct mem_region *region = n ? set->region[n - 1] : NULL;

	if (!region || !range_contains(region->start.value, region->length, start, length))
		return NULL;
	return region;
}

bool region_set_overlaps(const struct mem_region_set *set, uint64_t start, uint64_t length)
{
	for (size_t n = count_up_to(set, start + length - 1); n; n--) {
		const struct mem_region *region = set->region[n - 1];

		if (!region->dead)
			return ranges_overlap(region->start.value, region->length, start, length);
	}
	return false;
}

struct mem_region_set *region_set_next(const struct mem_region_set *set, struct mem_region *added,
				       struct mem_region **dead)
{
	struct mem_region_set *next = set_of(set->count + (added ? 1 : 0));
	size_t n = 0;

	if (!next)
		return NULL;
	for (size_t i = 0; i < set->count; i++) {
		struct mem_region *region = set->region[i];

		if (added && added->start.value < region->start.value) {
			next->region[n++] = added;
			added = NULL;
		}
		if (region->dead) {
			region->next_dead = *dead;
			*dead = region;
		} else {
			next->region[n++] = region;
		}
	}
	if (added)
		next->region[n++] = added;
	next->count = n;
	return next;
}
