/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures the hardware tables behind three PEs of one guest, each in a container of its own with a
 * window on 64 GiB, with and without sharing, and the cost of a guest's update. Pages of 16M are
 * not mapped, because few machines have them; their table is there from the start. On a machine
 * with several NUMA nodes the kernel tells where the copies lie.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "world.h"

#define PES    3
#define WINDOW (64 * GIB)
#define LIOBN  1
#define SHIFT_64K 16

static struct world_shape shape(const char *policy, unsigned int page_shift)
{
	return (struct world_shape){
		.platform = "power8", .host_page = "64K", .share = policy,
		.count = PES, .page_shift = page_shift, .levels = 1, .size = WINDOW,
	};
}

/* Fills the guest's list; no two parts of a table begin with the same page, so they are not held together. */
static void write_list(struct world *w, uint64_t part)
{
	uint64_t *list = (uint64_t *)w->ram;

	for (uint64_t i = 0; i < LIST_MAX; i++)
		list[i] = htobe64((GPA + ((part + i) << SHIFT_64K)) | 3);
}

/* Maps the whole window; returns ns per entry. */
static double fill(struct world *w)
{
	uint64_t entries = WINDOW >> SHIFT_64K, ret;
	double began = bench_cpu_ns();

	for (uint64_t at = 0; at < entries; at += LIST_MAX) {
		if (!(at & (bit64(TCE_PART_BITS_MAX) - 1)))
			write_list(w, at >> TCE_PART_BITS_MAX);
		bench_need(world_hcall(w, STCE_H_PUT_TCE_INDIRECT, LIOBN, at << SHIFT_64K, GPA, LIST_MAX, &ret) ==
			   STCE_H_SUCCESS, stce_last_reason());
	}
	return (bench_cpu_ns() - began) / (double)entries;
}

/*
 * Reads from the kernel how many KiB of the process's memory with a preferred node lie on each
 * node.
 */
static void ask_nodes(uint64_t kib[TCE_COPY_MAX])
{
	FILE *maps = fopen("/proc/self/numa_maps", "re");
	char line[1024];

	memset(kib, 0, TCE_COPY_MAX * sizeof(kib[0]));
	while (maps && fgets(line, sizeof(line), maps)) {
		const char *page = strstr(line, "kernelpagesize_kB=");

		if (!strstr(line, " prefer") || !page)
			continue;
		for (const char *p = line; (p = strstr(p, " N")); p++) {
			unsigned long long pages;
			unsigned int node;

			if (sscanf(p, " N%u=%llu", &node, &pages) == 2 && node < TCE_COPY_MAX)
				kib[node] += pages * strtoull(strchr(page, '=') + 1, NULL, 10);
		}
	}
	if (maps)
		fclose(maps);
}

/* Writes how much has come to each node since: "; on node 0 8192 KiB, on node 1 8192 KiB". */
static void print_nodes(char *text, size_t size, const uint64_t before[TCE_COPY_MAX])
{
	uint64_t now[TCE_COPY_MAX];
	size_t n = 0;

	ask_nodes(now);
	for (unsigned int node = 0; node < TCE_COPY_MAX && n < size; node++)
		if (now[node] > before[node])
			n += (size_t)snprintf(text + n, size - n, "%s on node %u %llu KiB", n ? "," : ";", node,
					      (unsigned long long)(now[node] - before[node]));
}

/* Returns the bytes of the host's own windows. */
static uint64_t bytes_without_groups(const struct world_shape *shape)
{
	struct stce_machine *machine = world_machine(shape);
	uint64_t bytes = world_stats(machine).table_bytes;

	stce_machine_free(machine);
	return bytes;
}

static void measure(const char *policy, unsigned int page_shift)
{
	/* A node of a table is never smaller than the host's page. */
	const double one = (double)max_u64((WINDOW >> page_shift) * sizeof(uint64_t), 64 * KIB);
	const struct world_shape like = shape(policy, page_shift);
	char name[64], speed[64] = "", nodes[256] = "";
	uint64_t before = bytes_without_groups(&like), bytes, on_node[TCE_COPY_MAX];
	struct stce_stats stats;
	struct world w;
	int table;

	ask_nodes(on_node);
	world_start_as(&w, &like);
	table = world_table(&w, LIOBN, WINDOW >> page_shift, 0);
	for (int group = 1; group <= PES; group++)
		world_link(&w, table, group);
	if (page_shift == SHIFT_64K) {
		fill(&w);
		snprintf(speed, sizeof(speed), "; %.1f ns an entry to map it again", fill(&w));
		print_nodes(nodes, sizeof(nodes), on_node);
	}
	stats = world_stats(w.machine);
	bytes = stats.table_bytes - before;
	snprintf(name, sizeof(name), "pages of %s, share=%s", page_shift == SHIFT_64K ? "64K" : "16M", policy);
	bench_say(name, "%llu KiB, %.2fx; charged %llu KiB%s%s", (unsigned long long)bytes / 1024,
		  (double)bytes / one, (unsigned long long)(stats.locked_bytes - RAM_SIZE) / 1024, speed, nodes);
	stce_close(table);
	world_stop(&w);
}

void bench_share(void)
{
	/* The last policy needs several nodes to choose from. */
	static const char *const policies[] = { "off", "on", "node:2", "node" };
	unsigned int count = ARRAY_COUNT(policies) - (numa_nodes(NULL, 0) < 2);

	bench_section("tables of 3 PEs, 64 GiB each");
	for (unsigned int i = 0; i < count; i++)
		measure(policies[i], SHIFT_64K);
	for (unsigned int i = 0; i < count; i++)
		measure(policies[i], 24);
}
