/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements gone.h. The holes of a region are an array that is never changed but replaced, under
 * the registry's lock; readers find it under RCU. If there is no memory for a further hole, the
 * whole region is one.
 */
#include "mem/gone.h"

#include <sys/mman.h>

#include "mem/region_set.h"
#include "util/os.h"

/* All of a region. Such a list is constant, because most regions that go do so as a whole. */
static struct mem_holes whole = { .count = 1, .hole = { { 0, UINT64_MAX } } };

uint64_t mem_region_reach(const struct mem_region *region, struct vaddr address)
{
	const struct mem_holes *holes = rcu_dereference(region->holes);
	uint64_t end = region->start.value + region->length;

	for (uint64_t i = 0; holes && i < holes->count; i++) {
		if (holes->hole[i].end <= address.value)
			continue;
		end = min_u64(end, max_u64(holes->hole[i].start, address.value));
		break;
	}
	return end - address.value;
}

/* Returns whether the region lives and has a byte of the range outside its holes. */
static bool has_part(const struct mem_region *region, uint64_t start, uint64_t end)
{
	const struct mem_holes *holes = rcu_dereference(region->holes);

	if (atomic_load_explicit(&region->dead, memory_order_relaxed))
		return false;
	start = max_u64(start, region->start.value);
	end = min_u64(end, region->start.value + region->length);
	for (uint64_t i = 0; holes && i < holes->count && start < end; i++) {
		if (holes->hole[i].start > start)
			return true;
		start = max_u64(start, holes->hole[i].end);
	}
	return start < end;
}

/* Returns the last region that has a byte of [start, *end), and moves *end to its start; NULL: none has. */
static struct mem_region *last_in(const struct mem_registry *registry, uint64_t start, uint64_t *end)
{
	struct mem_region *region = *end > start ? region_set_overlapping(&registry->set, start, *end - start) : NULL;

	if (region)
		*end = region->start.value;
	return region;
}

bool mem_gone_concerns(struct mem_registry *registry, struct vaddr start, uint64_t length)
{
	const struct mem_region *region;
	uint64_t end = start.value + length;
	bool concerns = false;

	rcu_read_lock();
	while (!concerns && (region = last_in(registry, start.value, &end)))
		concerns = has_part(region, start.value, start.value + length);
	rcu_read_unlock();
	return concerns;
}

static void free_holes(struct mem_holes *holes)
{
	if (holes && holes->size)
		os_munmap(holes, holes->size);
}

/* Returns an empty list with room for so many holes, or NULL. */
static struct mem_holes *holes_new(uint64_t room)
{
	uint64_t size = align_up(sizeof(struct mem_holes) + room * sizeof(struct mem_hole), bit64(os_page_shift()));
	struct mem_holes *holes = os_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(holes))
		return NULL;
	holes->size = size;
	return holes;
}

/* Adds a hole at the end of a list, or extends the last one by it. */
static void append(struct mem_holes *to, struct mem_hole hole)
{
	struct mem_hole *last = to->count ? &to->hole[to->count - 1] : NULL;

	if (last && hole.start <= last->end)
		last->end = max_u64(last->end, hole.end);
	else
		to->hole[to->count++] = hole;
}

static void merge(struct mem_holes *to, const struct mem_holes *from, struct mem_hole added)
{
	bool is_added = false;

	for (uint64_t i = 0; from && i < from->count; i++) {
		if (!is_added && added.start < from->hole[i].start) {
			append(to, added);
			is_added = true;
		}
		append(to, from->hole[i]);
	}
	if (!is_added)
		append(to, added);
}

static bool covers(struct mem_hole hole, const struct mem_region *region)
{
	return hole.start <= region->start.value && hole.end >= region->start.value + region->length;
}

/* Returns a list of the region's holes and one more. */
static struct mem_holes *holes_with(const struct mem_region *region, struct mem_hole added)
{
	const struct mem_holes *old = region->holes;
	struct mem_holes *holes = covers(added, region) ? NULL : holes_new((old ? old->count : 0) + 1);

	if (!holes)
		return &whole;
	merge(holes, old, added);
	if (!covers(holes->hole[0], region))
		return holes;
	free_holes(holes);
	return &whole;
}

/* Returns whether TCEs may point into the region. The lists of holes must have been published. */
static bool may_have_tces(struct mem_region *region)
{
	struct mem_counts *counts = &region->registry->counts;
	bool was_spread = atomic_load(&region->references.is_spread);
	uint64_t value;

	/* Only the common number is exact while threads count. */
	mem_count_fold(counts, &region->references);
	value = mem_count_value(counts, &region->references);
	if (was_spread && value)
		mem_count_spread(&region->references);
	return value > (region->used ? 1 : 0);
}

/* Calls fn for each region, dead or live, that has a byte of the range. Returns how often fn returned true. */
static uint64_t for_each(struct mem_registry *registry, struct mem_hole range,
			 bool (*fn)(struct mem_region *region, struct mem_hole range))
{
	uint64_t end = range.end, count = 0;
	struct mem_region *region;

	while ((region = last_in(registry, range.start, &end)))
		count += fn(region, range);
	return count;
}

static bool take(struct mem_region *region, struct mem_hole range)
{
	struct mem_holes *old = region->holes;

	if (!has_part(region, range.start, range.end))
		return false;
	rcu_assign_pointer(region->holes, holes_with(region, range));
	if (old) {
		/* Few programs unmap a region piece by piece, so nothing collects old lists. */
		rcu_synchronize();
		free_holes(old);
	}
	return true;
}

static bool is_counted(struct mem_region *region, struct mem_hole range)
{
	return !atomic_load(&region->dead) && may_have_tces(region);
}

bool mem_gone_take(struct mem_registry *registry, struct vaddr start, uint64_t length)
{
	struct mem_hole range = { start.value, start.value + length };
	bool may_be_mapped = false;

	pthread_mutex_lock(&registry->lock);
	if (for_each(registry, range, take)) {
		rcu_synchronize();
		may_be_mapped = for_each(registry, range, is_counted);
	}
	pthread_mutex_unlock(&registry->lock);
	return may_be_mapped;
}

void mem_gone_fill(struct mem_region *region, unsigned int page_shift)
{
	struct mem_registry *registry = region->registry;
	struct mem_holes *holes;

	pthread_mutex_lock(&registry->lock);
	holes = region->holes;
	if (page_shift < region->page_shift)
		__atomic_store_n(&region->page_shift, page_shift, __ATOMIC_RELAXED);
	rcu_assign_pointer(region->holes, NULL);
	pthread_mutex_unlock(&registry->lock);
	if (holes && holes->size) {
		rcu_synchronize();
		free_holes(holes);
	}
}

void mem_gone_free(struct mem_region *region)
{
	free_holes(region->holes);
}
