/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three PEs of one guest, each in a container of its own, with a window on
 * 64 GiB: the hardware tables behind them, with and without sharing, and what
 * a guest's update costs then. Pages of 16M are not mapped, for few machines
 * have such pages; their table is there from the start. On a machine with
 * several NUMA nodes the kernel is asked where the copies lie.
 */
#include <endian.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "abi/kvm_ppc.h"
#include "bench.h"
#include "world.h"

#define PES    3
#define WINDOW (64 * GIB)
#define LIOBN  1
#define SHIFT_64K 16

struct trio {
	struct stce_machine *machine;
	struct stce_vm *vm;
	char *ram;
	int container[PES], group[PES], device, table;
};

static void new_machine(struct trio *t, const char *policy)
{
	static const char *const options[][2] = {
		{ "platform", "power8" }, { "page-size", "64K" }, { "memlock", "1T" },
		{ "device", "dmatest,group=1" }, { "device", "dmatest,group=2" }, { "device", "dmatest,group=3" },
	};
	struct stce_config *config;
	char why[STCE_WHY_SIZE] = "no config";
	int r = stce_config_new(&config);

	for (unsigned int i = 0; i < ARRAY_COUNT(options) && !r; i++)
		r = stce_config_set(config, options[i][0], options[i][1], why);
	if (!r)
		r = stce_config_set(config, "share", policy, why);
	if (!r)
		r = stce_machine_new(config, &t->machine, why);
	bench_need(!r, why);
	stce_config_free(config);
}

static void open_group(struct trio *t, int n, unsigned int page_shift)
{
	struct vfio_iommu_spapr_register_memory ram = {
		.argsz = sizeof(ram), .vaddr = (uintptr_t)t->ram, .size = RAM_SIZE,
	};
	struct vfio_iommu_spapr_tce_remove gone = { .argsz = sizeof(gone) };
	struct vfio_iommu_spapr_tce_create window = {
		.argsz = sizeof(window), .page_shift = page_shift, .window_size = WINDOW, .levels = 1,
	};
	char path[32];
	long r;

	snprintf(path, sizeof(path), "/dev/vfio/%d", n + 1);
	t->container[n] = stce_open(t->machine, "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	t->group[n] = stce_open(t->machine, path, O_RDWR | O_CLOEXEC);
	r = stce_ioctl(t->group[n], VFIO_GROUP_SET_CONTAINER, &t->container[n]);
	if (!r)
		r = stce_ioctl(t->container[n], VFIO_SET_IOMMU, (void *)(long)VFIO_SPAPR_TCE_v2_IOMMU);
	if (!r)
		r = stce_ioctl(t->container[n], VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &ram);
	if (!r)
		r = stce_ioctl(t->container[n], VFIO_IOMMU_SPAPR_TCE_REMOVE, &gone);
	if (!r)
		r = stce_ioctl(t->container[n], VFIO_IOMMU_SPAPR_TCE_CREATE, &window);
	bench_need(!r, stce_last_reason());
}

static long attr(struct trio *t, uint64_t number, const void *value)
{
	struct kvm_device_attr a = { .group = KVM_DEV_VFIO_GROUP, .attr = number, .addr = (uintptr_t)value };

	return stce_ioctl(t->device, KVM_SET_DEVICE_ATTR, &a);
}

static void start(struct trio *t, const char *policy, unsigned int page_shift)
{
	new_machine(t, policy);
	bench_need(!stce_vm_new(t->machine, &t->vm), "no VM");
	bench_need(!stce_vm_set_memory(t->vm, 0, GPA, RAM_SIZE, t->ram), "no slot");
	stce_vm_enable_hcall(t->vm, STCE_H_PUT_TCE_INDIRECT, true);
	t->device = stce_vm_create_device(t->vm, KVM_DEV_TYPE_VFIO);
	t->table = stce_vm_create_table(t->vm, &(struct stce_table){ LIOBN, page_shift, 0, WINDOW >> page_shift });
	for (int n = 0; n < PES; n++) {
		struct kvm_vfio_spapr_tce link;
		int32_t group;

		open_group(t, n, page_shift);
		group = t->group[n];
		link = (struct kvm_vfio_spapr_tce){ group, t->table };
		bench_need(!attr(t, KVM_DEV_VFIO_GROUP_ADD, &group), stce_last_reason());
		bench_need(!attr(t, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, &link), stce_last_reason());
	}
}

static void stop(struct trio *t)
{
	stce_close(t->table);
	stce_close(t->device);
	for (int n = 0; n < PES; n++) {
		stce_close(t->group[n]);
		stce_close(t->container[n]);
	}
	stce_vm_free(t->vm);
	stce_machine_free(t->machine);
}

/* Maps the whole window; returns ns per entry. */
static double fill(struct trio *t)
{
	uint64_t *list = (uint64_t *)t->ram, entries = WINDOW >> SHIFT_64K, ret;
	double began;

	for (uint64_t i = 0; i < LIST_MAX; i++)
		list[i] = htobe64((GPA + (i << SHIFT_64K)) | 3);
	began = bench_cpu_ns();
	for (uint64_t at = 0; at < entries; at += LIST_MAX) {
		uint64_t args[5] = { LIOBN, at << SHIFT_64K, GPA, LIST_MAX, 0 };

		bench_need(stce_vm_hcall(t->vm, STCE_H_PUT_TCE_INDIRECT, args, &ret) == STCE_H_SUCCESS,
			   stce_last_reason());
	}
	return (bench_cpu_ns() - began) / (double)entries;
}

/* Where memory lies that is to lie on a node, as the kernel tells for the whole process: KiB on each. */
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

/* "; on node 0 8192 KiB, on node 1 8192 KiB" of what has come since then. */
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

static void measure(struct trio *t, const char *policy, unsigned int page_shift)
{
	/* No node of a table is smaller than the host's page. */
	const double one = (double)max_u64((WINDOW >> page_shift) * sizeof(uint64_t), 64 * KIB);
	char name[64], speed[64] = "", nodes[256] = "";
	uint64_t before, bytes, on_node[TCE_COPY_MAX];
	struct stce_stats stats;

	/* What the host's own windows weigh. */
	new_machine(t, policy);
	before = stce_machine_stats(t->machine).table_bytes;
	stce_machine_free(t->machine);
	ask_nodes(on_node);
	start(t, policy, page_shift);
	if (page_shift == SHIFT_64K) {
		fill(t);
		snprintf(speed, sizeof(speed), "; %.1f ns an entry to map it again", fill(t));
		print_nodes(nodes, sizeof(nodes), on_node);
	}
	stats = stce_machine_stats(t->machine);
	bytes = stats.table_bytes - before;
	snprintf(name, sizeof(name), "pages of %s, share=%s", page_shift == SHIFT_64K ? "64K" : "16M", policy);
	bench_say(name, "%llu KiB, %.2fx; charged %llu KiB%s%s", (unsigned long long)bytes / 1024,
		  (double)bytes / one, (unsigned long long)(stats.locked_bytes - RAM_SIZE) / 1024, speed, nodes);
	stop(t);
}

void bench_share(void)
{
	/* The last one where there are nodes to choose from. */
	static const char *const policies[] = { "off", "on", "node:2", "node" };
	unsigned int count = ARRAY_COUNT(policies) - (numa_nodes(NULL, 0) < 2);
	struct trio t = { .device = -1 };

	bench_section("tables of 3 PEs, 64 GiB each");
	t.ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bench_need(t.ram != MAP_FAILED, "no memory");
	for (unsigned int i = 0; i < count; i++)
		measure(&t, policies[i], SHIFT_64K);
	for (unsigned int i = 0; i < count; i++)
		measure(&t, policies[i], 24);
	munmap(t.ram, RAM_SIZE);
}
