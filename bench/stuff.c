/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures H_STUFF_TCE of 512 entries with a window that follows. The limit kernel looks at each
 * hardware entry, exchanges those that hold something, and stores the guest's.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"
#include "world.h"

#define ENTRIES (UINT64_C(1) << 14)
#define CALLS   (ENTRIES / LIST_MAX)

struct state {
	struct world w;
	_Atomic(uint64_t) *table, *window;
	_Atomic(uint64_t) references;
};

static void ours(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret;

	for (uint64_t i = 0; i < n; i++)
		bench_need(!world_hcall(&s->w, STCE_H_STUFF_TCE, 1, i % CALLS * LIST_MAX * PAGE, 0,
					LIST_MAX, &ret), "stuff");
}

static void least(void *context, uint64_t n)
{
	struct state *s = context;

	for (uint64_t i = 0; i < n; i++) {
		_Atomic(uint64_t) *entry = s->window + i % CALLS * LIST_MAX;
		uint64_t taken = 0;

		for (unsigned int j = 0; j < LIST_MAX; j++)
			if (atomic_load_explicit(&entry[j], memory_order_relaxed))
				taken += (atomic_exchange(&entry[j], 0) & 3) != 0;
		if (taken)
			atomic_fetch_sub(&s->references, taken);
		entry = s->table + i % CALLS * LIST_MAX;
		for (unsigned int j = 0; j < LIST_MAX; j++)
			atomic_store_explicit(&entry[j], 0, memory_order_release);
	}
}

static void fill_ours(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret;

	for (uint64_t i = 0; i < CALLS; i++)
		bench_need(!world_hcall(&s->w, STCE_H_PUT_TCE_INDIRECT, 1, i * LIST_MAX * PAGE, GPA,
					LIST_MAX, &ret), "fill");
}

static void fill_least(void *context, uint64_t n)
{
	struct state *s = context;

	for (uint64_t i = 0; i < ENTRIES; i++)
		s->table[i] = s->window[i] = (i * PAGE) | 3;
}

void bench_stuff(void)
{
	struct state s = { .references = 0 };
	struct bench_row row = {
		.name = "over empty entries", .unit = "entry", .units = LIST_MAX, .context = &s,
		.ours = ours, .least = least, .most_ns = 2,
	};
	int table;

	bench_section("H_STUFF_TCE, 512 entries, one window follows");
	world_start(&s.w, ENTRIES * PAGE, 1);
	world_list(&s.w, LIST_MAX);
	table = world_table(&s.w, 1, ENTRIES, 1);
	s.table = calloc(2 * ENTRIES, sizeof(uint64_t));
	bench_need(s.table, "out of memory");
	s.window = s.table + ENTRIES;
	fill_ours(&s, 0);
	ours(&s, CALLS);
	bench_run(&row);
	row.name = "over valid entries";
	row.before_ours = fill_ours;
	row.before_least = fill_least;
	row.fixed = CALLS;
	row.most_ns = 5;
	bench_run(&row);
	free((void *)s.table);
	stce_close(table);
	world_stop(&s.w);
}
