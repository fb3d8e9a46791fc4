/* SPDX-License-Identifier: BSD-2-Clause */
/* Bare tables of all levels, and ranges of TCEs over many regions, against flat arrays. */
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../torture/world.h"
#include "counters.h"

/* ---- one table ---- */

#define SPOTS 64

struct spot {
	uint64_t index, value;
};

static struct counters counters;

#define MUST(condition) do { \
		if (!(condition)) \
			fail_msg("seed %llu step %u: %s", (unsigned long long)run->seed, step, #condition); \
	} while (0)

/* Makes a geometry with nodes of moderate size; tables have levels and bits that no bridge accepts, too. */
static void random_geometry(struct model_run *run, struct tce_geometry *g)
{
	static const unsigned int pages[] = { 12, 12, 16, 21, 24, 28, 30, 34 };
	unsigned int page, window, levels, host;

	do {
		page = MODEL_PICK(run, pages);
		window = page + model_below(run, 48);
		levels = 1 + model_below(run, TCE_LEVELS_MAX);
		host = model_chance(run, 2) ? 12 : 16;
	} while (window > 63 || tce_geometry_init(g, page, bit64(window), levels, host) ||
		 g->digit_bits > 18);
}

static uint64_t expected_at(const struct spot *spots, unsigned int n, uint64_t index)
{
	for (unsigned int i = 0; i < n; i++)
		if (spots[i].index == index)
			return spots[i].value;
	return 0;
}

/* Returns an index near the ends of nodes and of the table, where mistakes are likely. */
static uint64_t random_index(struct model_run *run, const struct tce_geometry *g)
{
	uint64_t node = bit64(g->digit_bits);
	uint64_t at = model_below(run, 4) * node + model_below(run, 4);

	switch (model_below(run, 5)) {
	case 0:
		at = g->entries - 1 - model_below(run, 4);
		break;
	case 1:
		at = model_below(run, 4) * node - 1;
		break;
	case 2:
		at = ((uint64_t)model_below(run, UINT32_MAX) << 32 | model_below(run, UINT32_MAX)) % g->entries;
		break;
	case 3:
		/* Differs from its like in the digit of the top level only. */
		at += g->entries / 2;
		break;
	}
	return at < g->entries ? at : 0;
}

static void write_spot(struct model_run *run, struct tce_table *t, struct spot *spots, unsigned int *n,
		       uint64_t index, unsigned int step)
{
	uint64_t value = model_chance(run, 4) ? 0 : ((uint64_t)model_below(run, UINT32_MAX) << 12) | 3;
	uint64_t count, old = expected_at(spots, *n, index);
	tce_entry *entry;
	unsigned int i = 0;

	MUST(tce_table_reserve(t, to_index(index), 1) == 0);
	entry = tce_table_span(t, to_index(index), 1, &count);
	MUST(entry && count == 1);
	MUST(tce_entry_exchange(entry, value) == old);
	while (i < *n && spots[i].index != index)
		i++;
	if (i == *n)
		spots[(*n)++].index = index;
	spots[i].value = value;
}

/* Walks a range by spans. Each span must be within the limit and show the expected entries. */
static void walk(struct model_run *run, const struct tce_table *t, const struct spot *spots, unsigned int n,
		 uint64_t first, unsigned int step)
{
	uint64_t left = min_u64(t->geometry.entries - first, 3 * bit64(t->geometry.digit_bits));

	while (left) {
		uint64_t count = 0;
		tce_entry *entry = tce_table_span(t, to_index(first), left, &count);

		MUST(count >= 1 && count <= left);
		for (unsigned int i = 0; i < n; i++) {
			if (spots[i].index < first || spots[i].index - first >= count)
				continue;
			MUST(entry ? atomic_load(&entry[spots[i].index - first]) == spots[i].value :
				     spots[i].value == 0);
		}
		first += count;
		left -= count;
	}
}

static void check_table(struct model_run *run)
{
	struct tce_geometry g;
	struct tce_table t;
	struct spot spots[SPOTS];
	unsigned int n = 0;

	random_geometry(run, &g);
	if (run->tells)
		print_message("# pages 2^%u, size %#llx, %u levels of %u bits\n", g.page_shift,
			      (unsigned long long)g.window_size, g.levels, g.digit_bits);
	assert_int_equal(tce_table_init(&t, &g, counters_stats(&counters), NUMA_ANYWHERE), 0);
	for (unsigned int step = 0; step < run->steps; step++) {
		uint64_t index = random_index(run, &g);

		if (n < SPOTS && model_chance(run, 2))
			write_spot(run, &t, spots, &n, index, step);
		MUST(tce_table_get(&t, to_index(index)) == expected_at(spots, n, index));
		if (model_chance(run, 8))
			walk(run, &t, spots, n, index, step);
	}
	tce_table_fini(&t);
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

static void tables_of_all_levels_hold_what_an_array_holds(void **state)
{
	model_each_seed(300, 200, check_table);
}

/* ---- ranges over many regions ---- */

#define REGIONS     24
#define REGION_MAX  3          /* pages; several regions are adjacent */
#define PAGES       (REGIONS * REGION_MAX)
#define INDICES     700        /* more than one node */

struct flat {
	struct world world;
	struct host_window *window;
	char *memory;
	struct mem_region *region[PAGES];   /* the region of each page, or NULL */
	struct mem_region *all[REGIONS];
	unsigned int first[REGIONS], count;
	int entry[INDICES];                 /* page number; -1: none */
};

static void register_all(struct model_run *run, struct flat *f)
{
	unsigned int page = 0;

	f->count = 0;
	memset(f->region, 0, sizeof(f->region));
	while (f->count < REGIONS && page < PAGES) {
		unsigned int length = 1 + model_below(run, REGION_MAX);

		if (page + length > PAGES)
			break;
		f->all[f->count] = world_register(&f->world, f->memory + page * PAGE, length);
		assert_non_null(f->all[f->count]);
		for (unsigned int i = 0; i < length; i++)
			f->region[page + i] = f->all[f->count];
		f->first[f->count++] = page;
		/* Leaves a gap now and then. */
		page += length + model_chance(run, 6);
	}
}

static bool is_registered(const struct flat *f, unsigned int page, unsigned int count)
{
	for (unsigned int i = page; i < page + count; i++)
		if (i >= PAGES || !f->region[i])
			return false;
	return true;
}

static uint64_t counted(const struct flat *f, const struct mem_region *region)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < INDICES; i++)
		n += f->entry[i] >= 0 && f->region[f->entry[i]] == region;
	return n;
}

static void compare(const struct model_run *run, const struct flat *f, unsigned int step)
{
	uint64_t mapped = 0;

	for (unsigned int i = 0; i < INDICES; i++) {
		uint64_t tce = tce_table_get(host_window_table(f->window, 0), to_index(i));

		mapped += f->entry[i] >= 0;
		MUST(f->entry[i] < 0 ? tce == 0 : tce_address(tce).value ==
						  (uintptr_t)f->memory + (unsigned int)f->entry[i] * PAGE);
	}
	MUST(COUNTED(&f->world.counters, pages_mapped) == mapped);
	for (unsigned int i = 0; i < f->count; i++)
		MUST(mem_region_references(f->all[i]) == 1 + counted(f, f->all[i]));
}

static void map_or_unmap(struct model_run *run, struct flat *f, unsigned int step)
{
	unsigned int at = model_below(run, INDICES), count = model_below(run, model_chance(run, 3) ? PAGES : 12);
	unsigned int page = model_below(run, PAGES);
	bool good;

	if (model_chance(run, 2))
		at = 500 + model_below(run, 24);        /* near the end of the first node */
	count = at + count > INDICES ? INDICES - at : count;
	if (model_chance(run, 3)) {
		world_unmap(f->window, at, count);
		for (unsigned int i = 0; i < count; i++)
			f->entry[at + i] = -1;
		return;
	}
	good = is_registered(f, page, count);
	MUST(world_map(f->window, at, count, f->memory + page * PAGE, TCE_READ) == (good ? 0 : -EINVAL));
	for (unsigned int i = 0; i < count && good; i++)
		f->entry[at + i] = (int)(page + i);
}

static void check_ranges(struct model_run *run)
{
	static struct flat f;

	world_init(&f.world);
	f.memory = world_pages(PAGES);
	f.window = world_window(&f.world, 0, 16 * MIB, 1 + model_below(run, 3));
	memset(f.entry, -1, sizeof(f.entry));
	register_all(run, &f);
	for (unsigned int step = 0; step < run->steps; step++) {
		map_or_unmap(run, &f, step);
		if (step % 4 == 0)
			compare(run, &f, step);
	}
	world_unmap(f.window, 0, f.window->geometry.entries);
	host_window_free(f.window);
	for (unsigned int i = 0; i < f.count; i++)
		assert_int_equal(mem_region_unregister(f.all[i]), 0);
	world_fini(&f.world);
	world_pages_free(f.memory, PAGES);
}

static void ranges_over_many_regions_count_as_an_array_does(void **state)
{
	model_each_seed(60, 200, check_ranges);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_of_all_levels_hold_what_an_array_holds),
		cmocka_unit_test(ranges_over_many_regions_count_as_an_array_does),
	};

	model_arguments(argc, argv);
	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
