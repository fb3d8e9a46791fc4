/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures the way from one bus address to one pointer, with everything that keeps the page from
 * going away meanwhile. The limit kernel walks a flat table without any protection. The walk alone,
 * inside a read lock, is shown beside it, because many translations under one hold cost that.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"
#include "dma/hold.h"
#include "world.h"

#define ENTRIES   (UINT64_C(1) << 20)
#define HOT_PAGES 8

struct state {
	struct world w;
	struct host_pe *pe;
	uint64_t mask;             /* mask of the pages that are touched */
	uint64_t x;                /* goes on, so that no measurement finds what the last one has cached */
	tce_entry *flat;           /* the same entries side by side */
};

/* Returns the next page, in an order that a cache cannot guess. */
static uint64_t ioba_of(struct state *s)
{
	if (s->mask < HOT_PAGES)
		return (s->x++ & s->mask) * PAGE + 8;
	s->x = s->x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (s->x >> 33 & s->mask) * PAGE + 8;
}

/*
 * With a million pages the next address waits for this pointer, as it would in a device that uses
 * it, so that misses do not overlap. With hot pages it does not wait, because the wait would
 * measure how addresses are made up.
 */
static inline void follow(struct state *s, uint64_t pointer)
{
	__asm__ volatile("" : "+r"(pointer));
	if (s->mask > HOT_PAGES)
		s->x += pointer & 1;
}

static void hold(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		struct dma_range range = { { ioba_of(s) }, 8 };
		struct iovec piece;
		struct dma_hold h;

		bench_need(!dma_hold(s->pe, &(struct dma_request){ &range, 1, TCE_READ, &piece, 1, true }, &h), "hold");
		follow(s, (uintptr_t)piece.iov_base);
		dma_release(&h, 8);
	}
}

static void walk(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		uint64_t ioba = ioba_of(s), tce;
		struct host_window *window;

		rcu_read_lock();
		window = host_pe_window(s->pe, to_ioba(ioba));
		bench_need(host_window_has(window, to_ioba(ioba)), "walk");
		tce = tce_table_get(host_window_table(window, 0), host_window_index(window, to_ioba(ioba)));
		bench_need(tce & TCE_READ, "walk");
		follow(s, tce_address(tce).value + (ioba & (PAGE - 1)));
		rcu_read_unlock();
	}
}

static void least(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		uint64_t ioba = ioba_of(s), tce;

		bench_need(ioba / PAGE < ENTRIES, "limit");
		tce = atomic_load_explicit(&s->flat[ioba / PAGE], memory_order_relaxed);
		bench_need(tce & TCE_READ, "limit");
		follow(s, (tce & ~(PAGE - 1)) + (ioba & (PAGE - 1)));
	}
}

static void start(struct state *s, unsigned int levels)
{
	world_start(&s->w, ENTRIES * PAGE, levels);
	s->pe = world_pe(&s->w, 0);
	for (uint64_t i = 0; i < ENTRIES; i += RAM_SIZE / PAGE)
		bench_need(!world_map(&s->w, 0, i * PAGE, s->w.ram, RAM_SIZE), "map");
	for (uint64_t i = 0; i < ENTRIES; i++)
		s->flat[i] = tce_table_get(host_window_table(world_window(&s->w, 0), 0), to_index(i));
}

void bench_translate(void)
{
	struct state s = { .x = 1 };
	struct bench_row row = { .unit = "address", .context = &s };
	struct bench_spread walk_ns[2][2], hold_ns[2][2], walks, holds;
	static const char *const names[2][2][2] = {
		{ { "hold and release, hot", "walk in a read lock, hot" },
		  { "hold and release, a million pages", "walk in a read lock, a million pages" } },
		{ { "hold and release, 3 levels, hot", "walk in a read lock, 3 levels, hot" },
		  { "hold and release, 3 levels, a million pages",
		    "walk in a read lock, 3 levels, a million pages" } },
	};

	s.flat = calloc(ENTRIES, sizeof(*s.flat));
	bench_need(s.flat, "memory");
	bench_section("a bus address to a pointer");
	for (unsigned int deep = 0; deep < 2; deep++) {
		start(&s, deep ? 3 : 1);
		row.least = deep ? NULL : least;
		for (unsigned int wide = 0; wide < 2; wide++) {
			s.mask = wide ? ENTRIES - 1 : HOT_PAGES - 1;
			/* A first pass removes from the caches what mapping has left there. */
			walk(&s, ENTRIES);
			row.ours = walk;
			row.name = names[deep][wide][1];
			row.most_ns = wide ? 0 : 3;
			row.most_ratio = wide && !deep ? 1.5 : 0;
			walk_ns[deep][wide] = bench_run(&row);
			row.ours = hold;
			row.name = names[deep][wide][0];
			hold_ns[deep][wide] = bench_run(&row);
		}
		world_stop(&s.w);
	}
	free((void *)s.flat);
	walks = bench_quotient(&walk_ns[1][1], &walk_ns[0][1]);
	holds = bench_quotient(&hold_ns[1][1], &hold_ns[0][1]);
	bench_say("3 levels against 1, a million pages", "walk %.2fx, hold %.2fx, %.2f to %.2f; <= 1.5x %s",
		  walks.median, holds.median, holds.low, holds.high, bench_judge(&holds, BENCH_AT_MOST, 1.5));
}
