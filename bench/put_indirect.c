/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures H_PUT_TCE_INDIRECT of 512 entries. The limit kernel copies the list, judges every entry,
 * and stores it; if a window follows, it also counts the list on its region once and exchanges each
 * hardware entry.
 */
#include <endian.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"
#include "world.h"

#define HOT_ENTRIES  (UINT64_C(1) << 14)   /* two tables of 128 KiB, which fit into L2 */
#define COLD_ENTRIES (UINT64_C(1) << 22)   /* 32 MiB each */

struct state {
	struct world w;
	uint64_t liobn, list, entries;
	uint64_t place;
	/* The limit kernel has tables of its own, as large as ours. */
	_Atomic(uint64_t) *table, *window;
	_Atomic(uint64_t) references;
};

/* Returns a place for 512 entries, on a boundary; each place comes once before any comes again. */
static uint64_t next_place(struct state *s)
{
	s->place = (s->place + 7919 * LIST_MAX) & (s->entries - 1);
	return s->place;
}

static void ours(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret;

	while (n--)
		bench_need(!world_hcall(&s->w, STCE_H_PUT_TCE_INDIRECT, s->liobn, next_place(s) * PAGE,
					s->list, LIST_MAX, &ret), "put-indirect");
}

static bool snapshot_and_judge(const struct state *s, uint64_t item[LIST_MAX])
{
	const uint64_t *list = (const uint64_t *)s->w.ram;
	uint64_t bad = 0;

	for (unsigned int i = 0; i < LIST_MAX; i++) {
		item[i] = be64toh(list[i]);
		bad |= (item[i] & (PAGE - 1) & ~UINT64_C(3)) |
		       ((item[i] & ~(PAGE - 1)) - GPA >= RAM_SIZE);
	}
	return !bad;
}

static void least_unlinked(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t item[LIST_MAX];

	while (n--) {
		_Atomic(uint64_t) *entry = s->table + next_place(s);

		bench_need(snapshot_and_judge(s, item), "limit");
		for (unsigned int i = 0; i < LIST_MAX; i++)
			atomic_store_explicit(&entry[i], item[i], memory_order_release);
	}
}

static void least_linked(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t item[LIST_MAX], to_host = (uintptr_t)s->w.ram - GPA;

	while (n--) {
		uint64_t place = next_place(s), taken = 0;
		_Atomic(uint64_t) *entry = s->window + place;

		bench_need(snapshot_and_judge(s, item), "limit");
		atomic_fetch_add(&s->references, LIST_MAX);
		for (unsigned int i = 0; i < LIST_MAX; i++)
			taken += (atomic_exchange(&entry[i], item[i] + to_host) & 3) != 0;
		atomic_fetch_sub(&s->references, taken);
		entry = s->table + place;
		for (unsigned int i = 0; i < LIST_MAX; i++)
			atomic_store_explicit(&entry[i], item[i], memory_order_release);
	}
}

static void measure(uint64_t entries, bool is_linked, unsigned int levels, const char *name,
		    double most_ns, double most_ratio)
{
	struct state s = { .liobn = 1, .entries = entries };
	int table;

	world_start(&s.w, entries * PAGE, levels);
	/* The list has few pages, so all parts of a table are equal; bench equal measures that. */
	atomic_store(&s.w.machine->parts->phb.parts.is_automatic, false);
	s.list = world_list(&s.w, LIST_MAX);
	table = world_table(&s.w, s.liobn, entries, is_linked);
	s.table = calloc(2 * entries, sizeof(uint64_t));
	bench_need(s.table, "out of memory");
	s.window = s.table + entries;
	/* From here on every page of every table is present. */
	ours(&s, entries / LIST_MAX);
	(is_linked ? least_linked : least_unlinked)(&s, entries / LIST_MAX);
	bench_run(&(struct bench_row){
		.name = name, .unit = "entry", .units = LIST_MAX, .context = &s,
		.ours = ours, .least = is_linked ? least_linked : least_unlinked,
		.most_ns = most_ns, .most_ratio = most_ratio,
	});
	free((void *)s.table);
	stce_close(table);
	world_stop(&s.w);
}

void bench_put_indirect(void)
{
	bench_section("H_PUT_TCE_INDIRECT, 512 entries");
	measure(HOT_ENTRIES, false, 1, "no window follows", 4.5, 2);
	measure(HOT_ENTRIES, true, 1, "one window follows", 12, 2);
	measure(COLD_ENTRIES, false, 2, "no window follows, table of 32 MiB", 0, 2);
	measure(COLD_ENTRIES, true, 2, "one window follows, tables of 2 x 32 MiB", 0, 2);
}
