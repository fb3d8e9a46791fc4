/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements gone.h. The gaps of a region are an array that is never changed but replaced, under
 * the registry's lock; readers find it under RCU. If there is no memory for a further gap, the
 * whole region is one.
 */
#include "mem/gone.h"

#include <sys/mman.h>

#include "mem/region_set.h"
#include "util/os.h"

/* All of a region. Such a list is constant, because most regions that go do so as a whole. */
static struct mem_gaps whole = { .count = 1, .gap = { { 0, UINT64_MAX } } };

uint64_t mem_region_reach(const struct mem_region *region, struct vaddr address)
{
	const struct mem_gaps *gaps = rcu_dereference(region->gaps);
	uint64_t end = region->start.value + region->length;

	for (uint64_t i = 0; gaps && i < gaps->count; i++) {
		if (gaps->gap[i].end <= address.value)
			continue;
		end = min_u64(end, max_u64(gaps->gap[i].start, address.value));
		break;
	}
	return end - address.value;
}

/* Returns whether the region lives and has a byte of the range outside its gaps. */
static bool has_part(const struct mem_region *region, uint64_t start, uint64_t end)
{
	const struct mem_gaps *gaps = rcu_dereference(region->gaps);

	if (atomic_load_explicit(&region->dead, memory_order_relaxed))
		return false;
	start = max_u64(start, region->start.value);
	end = min_u64(end, region->start.value + region->length);
	for (uint64_t i = 0; gaps && i < gaps->count && start < end; i++) {
		if (gaps->gap[i].start > start)
			return true;
		start = max_u64(start, gaps->gap[i].end);
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

static void free_gaps(struct mem_gaps *gaps)
{
	if (gaps && gaps->size)
		os_munmap(gaps, gaps->size);
}

/* Returns an empty list with room for so many gaps, or NULL. */
static struct mem_gaps *gaps_new(uint64_t room)
{
	uint64_t size = align_up(sizeof(struct mem_gaps) + room * sizeof(struct mem_gap), bit64(os_page_shift()));
	struct mem_gaps *gaps = os_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(gaps))
		return NULL;
	gaps->size = size;
	return gaps;
}

/* Adds a gap at the end of a list, or extends the last one by it. */
static void append(struct mem_gaps *to, struct mem_gap gap)
{
	struct mem_gap *last = to->count ? &to->gap[to->count - 1] : NULL;

	if (last && gap.start <= last->end)
		last->end = max_u64(last->end, gap.end);
	else
		to->gap[to->count++] = gap;
}

static void merge(struct mem_gaps *to, const struct mem_gaps *from, struct mem_gap added)
{
	bool is_added = false;

	for (uint64_t i = 0; from && i < from->count; i++) {
		if (!is_added && added.start < from->gap[i].start) {
			append(to, added);
			is_added = true;
		}
		append(to, from->gap[i]);
	}
	if (!is_added)
		append(to, added);
}

static bool covers(struct mem_gap gap, const struct mem_region *region)
{
	return gap.start <= region->start.value && gap.end >= region->start.value + region->length;
}

/* Returns a list of the region's gaps and one more. */
static struct mem_gaps *gaps_with(const struct mem_region *region, struct mem_gap added)
{
	const struct mem_gaps *old = region->gaps;
	struct mem_gaps *gaps = covers(added, region) ? NULL : gaps_new((old ? old->count : 0) + 1);

	if (!gaps)
		return &whole;
	merge(gaps, old, added);
	if (!covers(gaps->gap[0], region))
		return gaps;
	free_gaps(gaps);
	return &whole;
}

/* Returns whether TCEs may point into the region. The lists of gaps must have been published. */
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
static uint64_t for_each(struct mem_registry *registry, struct mem_gap range,
			 bool (*fn)(struct mem_region *region, struct mem_gap range))
{
	uint64_t end = range.end, count = 0;
	struct mem_region *region;

	while ((region = last_in(registry, range.start, &end)))
		count += fn(region, range);
	return count;
}

static bool take(struct mem_region *region, struct mem_gap range)
{
	struct mem_gaps *old = region->gaps;

	if (!has_part(region, range.start, range.end))
		return false;
	rcu_assign_pointer(region->gaps, gaps_with(region, range));
	if (old) {
		/* Few programs unmap a region piece by piece, so nothing collects old lists. */
		rcu_synchronize();
		free_gaps(old);
	}
	return true;
}

static bool is_counted(struct mem_region *region, struct mem_gap range)
{
	return !atomic_load(&region->dead) && may_have_tces(region);
}

bool mem_gone_take(struct mem_registry *registry, struct vaddr start, uint64_t length)
{
	struct mem_gap range = { start.value, start.value + length };
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
	struct mem_gaps *gaps;

	pthread_mutex_lock(&registry->lock);
	gaps = region->gaps;
	if (page_shift < region->page_shift)
		__atomic_store_n(&region->page_shift, page_shift, __ATOMIC_RELAXED);
	rcu_assign_pointer(region->gaps, NULL);
	pthread_mutex_unlock(&registry->lock);
	if (gaps && gaps->size) {
		rcu_synchronize();
		free_gaps(gaps);
	}
}

void mem_gone_free(struct mem_region *region)
{
	free_gaps(region->gaps);
}
