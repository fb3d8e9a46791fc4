/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements gather.h. When all runs are in use they are settled early, so a write of any length
 * needs a fixed amount of stack.
 */
#include "host/gather.h"

#include <errno.h>

#include "mem/gone.h"
#include "util/range.h"
#include "util/reason.h"

void gather_settle(struct gather *g, struct tce_index end)
{
	if (g->taken || g->clears)
		host_window_drain(g->window, g->share, g->first, end.value - g->first.value);
	for (unsigned int i = 0; i < g->runs; i++)
		mem_region_put(g->run[i].region, g->run[i].count);
	g->runs = 0;
	g->first = end;
}

static bool in_run(const struct gather_run *run, struct vaddr address)
{
	return range_has(run->region->start.value, run->region->length, address.value);
}

void gather_add(struct gather *g, struct tce_index index, uint64_t old)
{
	struct mem_region *region;

	g->taken++;
	if (!g->window->registry)
		return;
	if (likely(g->runs && in_run(&g->run[g->runs - 1], tce_address(old)))) {
		g->run[g->runs - 1].count++;
		return;
	}
	/*
	 * This comes before settling, because the old entry is still counted, which keeps its
	 * region.
	 */
	region = mem_region_of(g->window->registry, tce_address(old));
	if (g->runs == GATHER_RUN_COUNT)
		gather_settle(g, index);
	if (region)
		g->run[g->runs++] = (struct gather_run){ region, 1 };
}

/* Takes out a part that other tables hold too, if the range begins with one; returns its entries or 0. */
static uint64_t take_part(struct gather *g, uint64_t index, uint64_t count)
{
	uint64_t span;
	const tce_entry *entry = tce_table_take(&g->share->copy[0], to_index(index), count, &span);

	for (uint64_t i = 0; entry && i < span; i++) {
		uint64_t old = atomic_load_explicit(&entry[i], memory_order_relaxed);

		if (tce_is_valid(old))
			gather_add(g, to_index(index + i), old);
	}
	return entry ? span : 0;
}

/* Another writer may have taken a part out of the hole, and still be draining (U4). */
static void pass_hole(struct gather *g)
{
	g->clears |= atomic_load_explicit(&g->share->copy[0].was_taken, memory_order_acquire);
}

static void clear_span(struct gather *g, tce_entry *entry, uint64_t index, uint64_t span)
{
	for (uint64_t i = 0; i < span; i++) {
		uint64_t old = tce_entry_replace(&entry[i], 0);

		if (tce_is_valid(old))
			gather_add(g, to_index(index + i), old);
	}
}

static void fill_span(struct gather *g, tce_entry *entry, uint64_t index, uint64_t span, uint64_t value, uint64_t step)
{
	for (uint64_t i = 0; i < span; i++, value += step) {
		uint64_t old = tce_entry_exchange(&entry[i], value);

		if (tce_is_valid(old))
			gather_add(g, to_index(index + i), old);
	}
}

/* Writes the first copy, from which the old entries are taken. */
static void write_first(struct gather *g, uint64_t index, uint64_t count,
			uint64_t value, uint64_t step)
{
	struct tce_table *table = &g->share->copy[0];

	for (uint64_t span; count; index += span, count -= span, value += step * span) {
		tce_entry *entry;

		span = !value && tce_table_is_at_part(table, to_index(index)) ? take_part(g, index, count) : 0;
		if (unlikely(span))
			continue;
		entry = tce_table_write_span(table, to_index(index), count, &span);
		if (unlikely(!span)) {
			g->is_stuck = true;
			return;
		}
		if (!entry) {
			pass_hole(g);
		} else if (value) {
			fill_span(g, entry, index, span, value, step);
		} else {
			g->clears = true;
			clear_span(g, entry, index, span);
		}
	}
}

/*
 * Writes several copies. The first copy comes last, so when its old entries are settled no device
 * finds them in another copy.
 */
static void write_copies(struct gather *g, uint64_t index, uint64_t count,
			 uint64_t value, uint64_t step)
{
	while (count) {
		uint64_t n;
		bool is_whole;

		if (!tce_table_span(&g->share->copy[0], to_index(index), count, &n)) {
			/* A hole can only be cleared, because filling has made the nodes. */
			pass_hole(g);
			index += n;
			count -= n;
			continue;
		}
		is_whole = !value && tce_table_covers_part(&g->share->copy[0], to_index(index), count);
		if (is_whole)
			tce_share_lock_all(g->share);
		else
			n = tce_share_lock(g->share, to_index(index), n);
		tce_share_write_others(g->share, to_index(index), n, value, step);
		write_first(g, index, n, value, step);
		if (is_whole)
			tce_share_unlock_all(g->share);
		else
			tce_share_unlock(g->share, to_index(index));
		index += n;
		count -= n;
		value += step * n;
	}
}

void gather_write(struct gather *g, struct tce_index index, uint64_t count,
		  uint64_t value, uint64_t step)
{
	if (likely(g->share->copy_count == 1))
		write_first(g, index.value, count, value, step);
	else
		write_copies(g, index.value, count, value, step);
}

/*
 * Returns how many of the pages from address on, at most count, lie in the region; 0 if its pages
 * are too small or it is NULL. address must lie in the region.
 */
static uint64_t pages_in_region(const struct host_window *window, const struct mem_region *region,
				struct vaddr address, uint64_t count)
{
	unsigned int page_shift = window->geometry.page_shift;
	uint64_t fit;

	if (!region || page_shift > region->page_shift)
		return 0;
	fit = (region->length - (address.value - region->start.value)) >> page_shift;
	return min_u64(fit, count);
}

void gather_uncount(struct host_window *window, struct vaddr address, uint64_t count)
{
	while (count) {
		struct mem_region *region = mem_region_of(window->registry, address);
		uint64_t n = pages_in_region(window, region, address, count);

		mem_region_put(region, n);
		address.value += n << window->geometry.page_shift;
		count -= n;
	}
}

/* Does the same, up to memory that the program has unmapped. */
static uint64_t pages_left_in_region(const struct host_window *window, const struct mem_region *region,
				     struct vaddr address, uint64_t count)
{
	uint64_t n = pages_in_region(window, region, address, count);

	if (unlikely(n && mem_region_has_gaps(region)))
		n = min_u64(n, mem_region_reach(region, address) >> window->geometry.page_shift);
	return n;
}

/* Returns the refusal of a page that cannot be counted. */
static int uncounted(const struct host_window *window, const struct mem_region *region, struct vaddr address)
{
	unsigned long long at = address.value;

	if (!region)
		return REASON_QUICK(-EINVAL, "page %#llx is not registered", at);
	if (window->geometry.page_shift > region->page_shift)
		return REASON_QUICK(-EINVAL, "page %#llx: the window's pages have 2^%llu bytes, "
				    "the memory there is registered in pages of 2^%llu",
				    at, (unsigned long long)window->geometry.page_shift,
				    (unsigned long long)region->page_shift);
	if (mem_region_has_gaps(region) &&
	    mem_region_reach(region, address) < host_window_page_size(window))
		return REASON_QUICK(-EINVAL, "page %#llx is registered, but the program has unmapped it", at);
	return REASON_QUICK(-EINVAL, "page %#llx passes the end of its region, or the region is being released", at);
}

int gather_count(struct host_window *window, struct vaddr address, uint64_t count)
{
	unsigned int page_shift = window->geometry.page_shift;
	uint64_t done = 0;

	while (done < count) {
		struct vaddr at = to_vaddr(address.value + (done << page_shift));
		struct mem_region *region = mem_region_of(window->registry, at);
		uint64_t n = pages_left_in_region(window, region, at, count - done);

		/*
		 * [DIFF-20] A region that is being released counts as none: either all pages are
		 * counted, or the call fails.
		 */
		if (!n || !mem_region_try_get(region, n)) {
			gather_uncount(window, address, done);
			return uncounted(window, region, at);
		}
		done += n;
	}
	return 0;
}
