/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows that share equal parts of their tables (tce/part.h), compared with an array for each
 * window, under random maps, lists, unmaps, removals and scans, some of them without memory.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "host/update_list.h"
#include "model.h"
#include "tce/scan.h"
#include "torture/world.h"
#include "util/alloc.h"

#define WINDOWS     4
#define ENTRIES_MAX 32768
#define PAGES       2048
#define REGION      1500        /* pages of the first of two regions */

#define MUST(condition) do { \
		if (!(condition)) \
			fail_msg("seed %llu step %u: %s", (unsigned long long)run->seed, step, #condition); \
	} while (0)

struct state {
	struct world world;
	char *memory;
	struct mem_region *region[2];
	struct host_window *window[WINDOWS];
	uint64_t size, entries, part;       /* of each window, and the entries of a part */
	unsigned int levels;
	int (*entry)[ENTRIES_MAX];          /* page number, -1: none */
};

static void forget(struct state *s, unsigned int k, uint64_t at, uint64_t count)
{
	for (uint64_t i = at; i < at + count; i++)
		s->entry[k][i] = -1;
}

static uint64_t value_of(const struct state *s, int page)
{
	return page < 0 ? 0 : ((uintptr_t)s->memory + (unsigned int)page * PAGE) | TCE_READ;
}

/* (B3) Each window reads as if it had a table of its own. */
static void compare(const struct model_run *run, struct state *s, unsigned int step)
{
	uint64_t mapped = 0, counted[2] = { 0, 0 };

	for (unsigned int k = 0; k < WINDOWS; k++)
		for (uint64_t i = 0; i < s->entries; i++) {
			MUST(tce_table_get(host_window_table(s->window[k], 0), to_index(i)) ==
			     value_of(s, s->entry[k][i]));
			mapped += s->entry[k][i] >= 0;
			if (s->entry[k][i] >= 0)
				counted[s->entry[k][i] >= REGION]++;
		}
	MUST(COUNTED(&s->world.counters, pages_mapped) == mapped);
	for (unsigned int n = 0; n < 2; n++)
		MUST(mem_region_references(s->region[n]) == 1 + counted[n]);
}

static bool is_empty(const struct state *s, const int *part)
{
	for (uint64_t i = 0; i < s->part; i++)
		if (part[i] >= 0)
			return false;
	return true;
}

/* Returns the number of different parts that are not empty. */
static unsigned int count_parts(const struct state *s)
{
	const int *found[WINDOWS * ENTRIES_MAX / 512];
	unsigned int n = 0, i;

	for (unsigned int k = 0; k < WINDOWS; k++)
		for (uint64_t at = 0; at < s->entries; at += s->part) {
			const int *part = &s->entry[k][at];

			for (i = 0; i < n && memcmp(found[i], part, s->part * sizeof(*part)); i++)
				;
			if (i == n && !is_empty(s, part))
				found[n++] = part;
		}
	return n;
}

/* (B2) (B6) After a scan of all tables, each part exists once, and no other is left. */
static void scan(const struct model_run *run, struct state *s, unsigned int step)
{
	uint64_t nodes = 0;
	unsigned int parts = count_parts(s);

	tce_scan_all(&s->world.phb.parts);
	/* The second scan frees the parts that the first has found superfluous. */
	tce_scan_all(&s->world.phb.parts);
	for (unsigned int k = 0; k < WINDOWS; k++) {
		const struct tce_table *t = host_window_table(s->window[k], 0);

		for (uint64_t at = 0, n; at < s->entries; at += n)
			nodes += !!tce_table_span(t, to_index(at), s->part, &n);
	}
	/* Only so many parts with one hash are compared; more of them may stay apart. */
	if (parts <= 16)
		MUST(s->world.phb.parts.part_count == parts);
	MUST(s->world.phb.parts.part_count >= parts);
	MUST(nodes >= parts);
}

static int put_list(struct state *s, unsigned int k, uint64_t at, unsigned int count, const uint64_t *item,
		    enum host_tier tier)
{
	struct host_list list = { s->window[k], to_index(at), 0, count, item, { { 0 }, 0 } };
	int r;

	rcu_read_lock();
	r = host_list_prepare(&list, tier);
	if (!r)
		r = host_list_commit(&list, tier);
	rcu_read_unlock();
	return r;
}

/* Writes a range of one window. A refused write changes nothing (B5). */
static void write_one(struct model_run *run, struct state *s, unsigned int k, uint64_t at, uint64_t count,
		      int page, unsigned int how, bool fails, unsigned int step)
{
	static uint64_t item[512];
	int r;

	for (uint64_t i = 0; how > 1 && i < count; i++)
		item[i] = value_of(s, page < 0 ? -1 : page + (int)i);
	alloc_fail_after(fails ? (int)model_below(run, 3) : -1);
	if (how > 1)
		r = put_list(s, k, at, (unsigned int)count, item, how == 2 ? HOST_TIER_REAL : HOST_TIER_VIRTUAL);
	else if (page < 0)
		r = world_unmap(s->window[k], at, count);
	else
		r = world_map(s->window[k], at, count, s->memory + (unsigned int)page * PAGE, TCE_READ);
	alloc_fail_after(-1);
	MUST(r == 0 || (r == -ENOMEM && fails) || (r == SLOWER && how == 2));
	for (uint64_t i = 0; !r && i < count; i++)
		s->entry[k][at + i] = page < 0 ? -1 : page + (int)i;
}

/* Writes one window, or all windows in the same way. */
static void write_some(struct model_run *run, struct state *s, unsigned int step)
{
	unsigned int k = model_below(run, WINDOWS), how = model_below(run, 4);
	bool all = model_chance(run, 2), fails = model_chance(run, 6);
	uint64_t at = model_below(run, (uint32_t)s->entries), count;
	int page;

	if (model_chance(run, 2))
		at -= at % s->part;
	count = 1 + model_below(run, model_chance(run, 2) ? 8 : PAGES / 2);
	if (model_chance(run, 4))
		count = s->part;
	if (how > 1 && count > 512)
		count = 512;
	page = model_chance(run, 3) ? -1 : (int)model_below(run, PAGES);
	if (page >= 0)
		count = min_u64(count, PAGES - (unsigned int)page);
	if (page < 0 && how < 2 && model_chance(run, 4))
		count = s->entries;
	count = min_u64(count, s->entries - at);
	/* A list, and a range, may lie in both regions. */
	for (unsigned int n = 0; n < WINDOWS; n++)
		if (all || n == k)
			write_one(run, s, n, at, count, page, how, fails, step);
}

static void remake(struct model_run *run, struct state *s)
{
	unsigned int k = model_below(run, WINDOWS);

	rcu_read_lock();
	host_update_clear(s->window[k]);
	rcu_read_unlock();
	host_window_free(s->window[k]);
	forget(s, k, 0, s->entries);
	s->window[k] = world_window(&s->world, 0, s->size, s->levels);
}

static void choose_shape(struct model_run *run, struct state *s)
{
	static const struct {
		uint64_t size;
		unsigned int levels;
	} shapes[] = { { 16 * MIB, 2 }, { 16 * MIB, 1 }, { 8 * MIB, 3 }, { 128 * MIB, 1 }, { 1 * MIB, 1 } };
	unsigned int n = model_below(run, ARRAY_COUNT(shapes));

	s->size = shapes[n].size;
	s->levels = shapes[n].levels;
	s->entries = s->size / PAGE;
	s->part = min_u64(s->entries, bit64(TCE_PART_BITS_MAX));
}

static void check_parts(struct model_run *run)
{
	static struct state s;
	static int entry[WINDOWS][ENTRIES_MAX];

	s.entry = entry;
	world_init(&s.world);
	s.memory = world_pages(PAGES);
	s.region[0] = world_register(&s.world, s.memory, REGION);
	s.region[1] = world_register(&s.world, s.memory + REGION * PAGE, PAGES - REGION);
	choose_shape(run, &s);
	for (unsigned int k = 0; k < WINDOWS; k++) {
		s.window[k] = world_window(&s.world, 0, s.size, s.levels);
		forget(&s, k, 0, s.entries);
	}
	s.part = min_u64(s.entries, bit64(host_window_table(s.window[0], 0)->shift[1]));
	atomic_store(&s.world.phb.parts.is_automatic, model_chance(run, 2));
	for (unsigned int step = 0; step < run->steps; step++) {
		if (model_chance(run, 12))
			remake(run, &s);
		else
			write_some(run, &s, step);
		if (tce_parts_is_due(&s.world.phb.parts) && model_chance(run, 2))
			tce_scan_due(&s.world.phb.parts);
		if (model_chance(run, 8))
			scan(run, &s, step);
		if (step % 8 == 0)
			compare(run, &s, step);
	}
	for (unsigned int k = 0; k < WINDOWS; k++) {
		rcu_read_lock();
		host_update_clear(s.window[k]);
		rcu_read_unlock();
		host_window_free(s.window[k]);
	}
	for (unsigned int n = 0; n < 2; n++)
		assert_int_equal(mem_region_unregister(s.region[n]), 0);
	/* (B6) Nothing is left of any table. */
	world_fini(&s.world);
	world_pages_free(s.memory, PAGES);
}

static void windows_with_equal_parts_hold_what_arrays_hold(void **state)
{
	model_each_seed(80, 120, check_parts);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_with_equal_parts_hold_what_arrays_hold),
	};

	model_arguments(argc, argv);
	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
