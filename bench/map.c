/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures VFIO MAP and UNMAP of one page of registered memory, through the ioctl, in a window that
 * holds few or many mappings. The limit kernel copies and checks the argument, counts on the
 * region, and exchanges the entry.
 */
#include <linux/vfio.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "world.h"

#define SPACE (UINT64_C(1) << 17)   /* pages of the window */

struct state {
	struct world w;
	uint64_t there;                 /* number of mappings that stay all the time */
	_Atomic(uint64_t) *entry;
	_Atomic(uint64_t) references;
};

/* Returns a page behind the mappings that stay. */
static uint64_t iova_of(const struct state *s, uint64_t n)
{
	return (s->there + (n * 37 & 1023)) * PAGE;
}

static void ours(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		bench_need(!world_map(&s->w, 0, iova_of(s, n), s->w.ram + (n & 8191) * PAGE, PAGE), "map");
		bench_need(!world_unmap(&s->w, 0, iova_of(s, n), PAGE), "unmap");
	}
}

static void least(void *context, uint64_t n)
{
	struct state *s = context;
	struct vfio_iommu_type1_dma_map p = {
		.argsz = sizeof(p), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, .size = PAGE,
	}, copy;

	while (n--) {
		p.iova = iova_of(s, n);
		p.vaddr = (uintptr_t)s->w.ram + (n & 8191) * PAGE;
		for (unsigned int i = 0; i < 2; i++) {
			uint64_t old;

			bench_use((uintptr_t)&p);
			memcpy(&copy, &p, sizeof(copy));
			bench_need(copy.argsz == sizeof(copy) && copy.iova / PAGE < SPACE &&
				   copy.vaddr - (uintptr_t)s->w.ram < RAM_SIZE, "limit");
			if (!i)
				atomic_fetch_add(&s->references, 1);
			old = atomic_exchange(&s->entry[copy.iova / PAGE], i ? 0 : copy.vaddr | 3);
			if (old & 3)
				atomic_fetch_sub(&s->references, 1);
		}
	}
}

static struct bench_spread measure(uint64_t there, const char *name)
{
	struct state s = { .there = there };
	struct bench_spread ns;

	world_start(&s.w, SPACE * PAGE, 1);
	s.entry = calloc(SPACE, sizeof(uint64_t));
	bench_need(s.entry, "out of memory");
	for (uint64_t i = 0; i < there; i++)
		bench_need(!world_map(&s.w, 0, i * PAGE, s.w.ram + (i * 31 & 8191) * PAGE, PAGE), "map");
	ns = bench_run(&(struct bench_row){ .name = name, .unit = "call", .units = 2, .context = &s,
					    .ours = ours, .least = least, .most_ns = 50 });
	free((void *)s.entry);
	world_stop(&s.w);
	return ns;
}

void bench_map(void)
{
	struct bench_spread few, many, more;

	bench_section("VFIO MAP and UNMAP of one page");
	few = measure(64, "64 mappings there");
	many = measure(65536, "65536 mappings there");
	more = bench_quotient(&many, &few);
	bench_say("65536 against 64", "%.2fx, %.2f to %.2f; <= 2x %s", more.median, more.low, more.high,
		  bench_judge(&more, BENCH_AT_MOST, 2));
}
