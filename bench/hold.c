/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures holding and releasing scatter lists of pages in no order. The limit kernel walks a flat
 * table and writes the pieces. Neither side allocates memory.
 */
#include <stdio.h>
#include <sys/uio.h>

#include "bench.h"
#include "dma/hold.h"
#include "world.h"

#define PAGES 256

struct state {
	struct world w;
	unsigned int pages;
	struct iovec piece[PAGES];
	uint64_t flat[PAGES];
};

static void ours(void *context, uint64_t n)
{
	struct state *s = context;
	struct dma_range range = { { 0 }, s->pages * PAGE };
	const struct dma_request request = { &range, 1, TCE_READ, s->piece, PAGES, true };
	struct dma_hold h;

	while (n--) {
		bench_need(!dma_hold(world_pe(&s->w, 0), &request, &h), "hold");
		dma_release(&h, 0);
	}
}

static void least(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		for (unsigned int i = 0; i < s->pages; i++) {
			uint64_t tce = *(volatile uint64_t *)&s->flat[i];

			bench_need(tce & TCE_READ, "limit");
			s->piece[i] = (struct iovec){ (void *)(uintptr_t)(tce & ~(PAGE - 1)), PAGE };
		}
		bench_use((uintptr_t)s->piece);
	}
}

void bench_hold(void)
{
	static struct state s;

	bench_section("scatter lists");
	world_start(&s.w, 64 * MIB, 1);
	for (unsigned int i = 0; i < PAGES; i++) {
		char *page = s.w.ram + (i * 37 + 1) % 1024 * PAGE;

		bench_need(!world_map(&s.w, 0, i * PAGE, page, PAGE), "map");
		s.flat[i] = (uintptr_t)page | 3;
	}
	for (s.pages = 8; s.pages <= PAGES; s.pages *= 32) {
		char name[32];

		snprintf(name, sizeof(name), "hold and release of %u pages", s.pages);
		bench_run(&(struct bench_row){ .name = name, .unit = "page", .units = s.pages, .context = &s,
					       .ours = ours, .least = least, .most_ns = 3 });
	}
	world_stop(&s.w);
}
