/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures what the history of changes (util/history.h) costs: MAP and UNMAP of a page, and hypercalls that a window
 * follows, with the history on against the same with it off.
 */
#include "bench.h"
#include "util/history.h"
#include "world.h"

#define ENTRIES (UINT64_C(1) << 14)
#define GUESTS  (ENTRIES / 2)         /* the entries that hypercalls write; MAP has the others */
#define LISTS   (GUESTS / LIST_MAX)

struct state {
	struct world w;
	uint64_t list;
};

static void map_and_unmap(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		uint64_t iova = (GUESTS + (n * 37 & 1023)) * PAGE;

		bench_need(!world_map(&s->w, 1, iova, s->w.ram + (n & 8191) * PAGE, PAGE), "map");
		bench_need(!world_unmap(&s->w, 1, iova, PAGE), "unmap");
	}
}

static void put_list(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret;

	while (n--)
		bench_need(!world_hcall(&s->w, STCE_H_PUT_TCE_INDIRECT, 1, n % LISTS * LIST_MAX * PAGE, s->list, LIST_MAX,
					&ret), "put-indirect");
}

static void put(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret;

	while (n--)
		bench_need(!world_hcall(&s->w, STCE_H_PUT_TCE, 1, (n * 37 & 1023) * PAGE, (GPA + (n & 8191) * PAGE) | 3, 0,
					&ret), "put");
}

static void turn_on(void *context, uint64_t n)
{
	history_turn(true);
}

static void turn_off(void *context, uint64_t n)
{
	history_turn(false);
}

void bench_history(void)
{
	static const struct {
		bench_work work;
		const char *name, *unit;
		uint64_t units;
		double most_ratio;
	} paths[] = {
		{ map_and_unmap, "MAP and UNMAP of a page", "call", 2, 1.03 },
		{ put_list, "put-indirect(512), one window follows", "entry", LIST_MAX, 1.03 },
		{ put, "put, one window follows", "call", 1, 0 },
	};
	struct state s = { .list = 0 };
	int table;

	bench_section("With the history of changes, against without");
	world_start(&s.w, ENTRIES * PAGE, 1);
	atomic_store(&s.w.machine->parts->phb.parts.is_automatic, false);
	s.list = world_list(&s.w, LIST_MAX);
	table = world_table(&s.w, 1, ENTRIES, 1);
	put_list(&s, LISTS);
	for (unsigned int i = 0; i < ARRAY_COUNT(paths); i++)
		bench_run(&(struct bench_row){
			.name = paths[i].name, .unit = paths[i].unit, .units = paths[i].units, .context = &s,
			.ours = paths[i].work, .least = paths[i].work, .before_ours = turn_on, .before_least = turn_off,
			.most_ratio = paths[i].most_ratio,
		});
	history_turn(false);
	stce_close(table);
	world_stop(&s.w);
}
