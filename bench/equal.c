/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures tables that hold equal parts together: windows of many PEs, each on all of a guest's RAM
 * and filled by calls of 512 pages, as the longest hypercall. There is no such RAM. The windows
 * count nothing, as those of VFIO v1, so any address will do, and the time to map is that of the
 * entries alone, of which looking for equal parts is the largest share.
 */
#include <stdio.h>

#include "bench.h"
#include "host/update.h"
#include "tce/scan.h"
#include "world.h"

#define TIB     (UINT64_C(1) << 40)
#define PES_ALL 128
#define CALL    512
#define BASE    (UINT64_C(1) << 44)     /* where the RAM would be */
#define WANTED  1.05                    /* the bytes of all tables against those of one, for each copy */

struct fleet {
	struct stce_machine *machine;
	struct host_phb *phb;
	struct host_window *window[PES_ALL];
	unsigned int count, page_shift;
	uint64_t entries, before;
};

static void add_window(struct fleet *f, uint64_t ram)
{
	struct tce_geometry g;
	unsigned int levels = 1;

	/* The fewest levels that there can be, as QEMU chooses. */
	while (tce_geometry_init(&g, f->page_shift, ram, levels, 16) || tce_geometry_check_limits(&g))
		bench_need(++levels <= TCE_LEVELS_MAX, "levels");
	bench_need(!host_window_new(0, to_ioba(0), &g, NULL, &f->phb->placement, f->phb->stats,
				    &f->window[f->count++]), "window");
	f->entries = g.entries;
}

static void start(struct fleet *f, const char *policy, uint64_t ram, unsigned int page_shift, unsigned int count)
{
	const struct world_shape like = { .platform = "power9", .host_page = "64K", .share = policy, .count = 1 };

	*f = (struct fleet){ .machine = world_machine(&like), .page_shift = page_shift };
	f->phb = &f->machine->parts->phb;
	f->before = world_stats(f->machine).table_bytes;
	while (f->count < count)
		add_window(f, ram);
}

static void stop(struct fleet *f)
{
	while (f->count)
		host_window_free(f->window[--f->count]);
	stce_machine_free(f->machine);
}

static void map(struct fleet *f, unsigned int n, uint64_t at, uint64_t count, uint64_t page)
{
	rcu_read_lock();
	bench_need(!host_update_map(f->window[n], to_index(at), count, to_vaddr(BASE + (page << f->page_shift)), 3), "map");
	rcu_read_unlock();
	if (tce_parts_is_due(&f->phb->parts))
		tce_scan_due(&f->phb->parts);
}

/* Maps all RAM in each window; returns ns per entry. */
static double fill(struct fleet *f)
{
	double began = bench_cpu_ns();

	for (unsigned int n = 0; n < f->count; n++)
		for (uint64_t at = 0; at < f->entries; at += CALL)
			map(f, n, at, min_u64(CALL, f->entries - at), at);
	return (bench_cpu_ns() - began) / (double)(f->entries * f->count);
}

static const char *name_of(unsigned int page_shift)
{
	return page_shift == 12 ? "4K" : page_shift == 16 ? "64K" : "16M";
}

/* The policy makes so many copies of each table. Their bytes are counted, so the verdict needs no rounds. */
static void measure(const char *policy, unsigned int copies, uint64_t ram, unsigned int page_shift, unsigned int count)
{
	struct fleet f, alone;
	double with, without = 0, began, first, ratio;
	uint64_t bytes, one;
	const char *each = copies > 1 ? " for each copy" : "";
	char name[64], more[64] = "";

	/* Separate tables of all PEs would not fit into the memory of most machines. */
	if (count <= 3) {
		start(&alone, "off", ram, page_shift, count);
		without = fill(&alone);
		stop(&alone);
		snprintf(more, sizeof(more), ", %.2f without sharing", without);
	}
	start(&f, policy, ram, page_shift, count);
	with = fill(&f);
	bytes = world_stats(f.machine).table_bytes - f.before;
	one = atomic_load(&host_window_table(f.window[0], 0)->bytes);
	began = bench_wall_ns();
	map(&f, 1, 1, 1, 0);
	first = bench_wall_ns() - began;
	snprintf(name, sizeof(name), "%u PEs, %s, pages of %s, share=%s", count, ram == TIB ? "1 TiB" : "64 GiB",
		 name_of(page_shift), policy);
	ratio = (double)bytes / (double)one / copies;
	bench_say(name, "%llu KiB, %.3fx of one table%s; map %.2f ns an entry%s; first difference %.1f us  <= %gx%s %s",
		  (unsigned long long)bytes / 1024, ratio, each, with, more, first / 1000, WANTED, each,
		  bench_verdict(ratio <= WANTED));
	stop(&f);
}

void bench_equal(void)
{
	static const unsigned int shifts[] = { 12, 16, 24 };

	bench_section("equal parts of tables, RAM mapped by each PE alone");
	for (unsigned int large = 0; large < 2; large++)
		for (unsigned int s = 0; s < ARRAY_COUNT(shifts); s++) {
			uint64_t ram = large ? TIB : 64 * GIB;

			measure("on", 1, ram, shifts[s], 3);
			/* 34 thousand million entries take minutes. */
			if (!large || shifts[s] > 12)
				measure("on", 1, ram, shifts[s], PES_ALL);
		}
	measure("node:2", 2, 64 * GIB, 16, 3);
	measure("node:2", 2, 64 * GIB, 16, PES_ALL);
}
