/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was taken out of the table is gathered as runs of TCEs that point into
 * one region each. When the gather is full, and at the end, the gate is
 * drained over the entries written so far and the runs are uncounted.
 */
#include "host/update.h"

#include <errno.h>

#include "util/range.h"
#include "util/reason.h"
#include "util/stats.h"

#define RUN_COUNT 8

struct run {
	struct mem_region *region;
	uint64_t count;
};

struct gather {
	struct host_window *window;
	uint64_t first;            /* the first entry not drained yet */
	uint64_t taken;            /* valid entries taken out, in all */
	unsigned int runs;
	struct run run[RUN_COUNT];
};

/* Entries before `end` are final: wait for their users, then uncount. */
static void settle(struct gather *g, uint64_t end)
{
	if (g->taken)
		tce_gate_drain(&g->window->gate, g->first, end - g->first);
	for (unsigned int i = 0; i < g->runs; i++)
		mem_region_put(g->run[i].region, g->run[i].count);
	g->runs = 0;
	g->first = end;
}

static bool in_run(const struct run *run, uint64_t address)
{
	return range_has(run->region->start, run->region->length, address);
}

/* Notes an old entry that the write at index has just taken out. */
static void gather_old(struct gather *g, uint64_t index, uint64_t old)
{
	struct mem_region *region;

	g->taken++;
	if (!g->window->registry)
		return;
	if (likely(g->runs && in_run(&g->run[g->runs - 1], tce_address(old)))) {
		g->run[g->runs - 1].count++;
		return;
	}
	/* Found before settling: the old entry is still counted, which keeps it. */
	region = mem_region_of(g->window->registry, tce_address(old));
	if (g->runs == RUN_COUNT)
		settle(g, index);
	if (region)
		g->run[g->runs++] = (struct run){ region, 1 };
}

/* Writes count entries, from value on in steps; step 0 with value 0 clears. */
static void write_entries(struct gather *g, uint64_t index, uint64_t count,
			  uint64_t value, uint64_t step)
{
	const struct tce_table *table = &g->window->table;

	while (count) {
		uint64_t span;
		tce_entry *entry = tce_table_span(table, index, count, &span);

		count -= span;
		if (!entry) {
			index += span;
			value += step * span;
			continue;
		}
		for (; span; span--, entry++, index++, value += step) {
			uint64_t old;

			/* Clearing what is clear already need not own the line. */
			if (!value && !atomic_load_explicit(entry, memory_order_relaxed))
				continue;
			old = tce_entry_exchange(entry, value);
			if (tce_is_valid(old))
				gather_old(g, index, old);
		}
	}
}

/* The pages of one region at address: how many of at most count fit into it. */
static uint64_t pages_in_region(struct mem_registry *registry, uint64_t address,
				uint64_t count, unsigned int page_shift)
{
	struct mem_region *region = mem_region_of(registry, address);
	uint64_t fit;

	if (!region || page_shift > region->page_shift)
		return 0;
	fit = (region->length - (address - region->start)) >> page_shift;
	return min_u64(fit, count);
}

static void uncount(struct mem_registry *registry, uint64_t address, uint64_t count,
		    unsigned int page_shift)
{
	while (count) {
		struct mem_region *region = mem_region_of(registry, address);
		uint64_t n = pages_in_region(registry, address, count, page_shift);

		mem_region_put(region, n);
		address += n << page_shift;
		count -= n;
	}
}

/* Counts the pages on their regions, all of them or none. */
static int count_pages(struct mem_registry *registry, uint64_t address, uint64_t count,
		       unsigned int page_shift)
{
	uint64_t done = 0;

	while (done < count) {
		uint64_t at = address + (done << page_shift);
		uint64_t n = pages_in_region(registry, at, count - done, page_shift);

		/* [DIFF-20] a region that is being released counts as none: all pages or an error. */
		if (!n || !mem_region_get(registry, at, n << page_shift, n)) {
			uncount(registry, address, done, page_shift);
			return REASON(-EINVAL, "page %#llx of 2^%u bytes is not registered, or in smaller pages",
				      (unsigned long long)at, page_shift);
		}
		done += n;
	}
	return 0;
}

int host_update_map(struct host_window *window, uint64_t index, uint64_t count,
		    uint64_t address, uint64_t permissions)
{
	struct gather gather = { .window = window, .first = index };
	struct mem_registry *registry = window->registry;
	struct tce_table *table = &window->table;
	unsigned int page_shift = table->geometry.page_shift;
	int r = 0;

	if (registry)
		r = count_pages(registry, address, count, page_shift);
	if (r)
		return r;
	r = tce_table_reserve(table, index, count);
	if (r) {
		if (registry)
			uncount(registry, address, count, page_shift);
		return r;
	}
	write_entries(&gather, index, count, tce_hardware_entry(address, permissions),
		      bit64(page_shift));
	settle(&gather, index + count);
	STATS_ADD(table->stats, tces_written, count);
	STATS_GAUGE_ADD(table->stats, pages_mapped, count - gather.taken);
	return 0;
}

void host_update_unmap(struct host_window *window, uint64_t index, uint64_t count)
{
	struct gather gather = { .window = window, .first = index };

	write_entries(&gather, index, count, 0, 0);
	settle(&gather, index + count);
	STATS_ADD(window->table.stats, tces_written, gather.taken);
	STATS_SUB(window->table.stats, pages_mapped, gather.taken);
}
