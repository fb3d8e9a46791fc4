/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures the memory of a window of 1 TiB with 1 GiB mapped in it, and that of one object of each
 * kind, by the growth of the heap over many of them.
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/mman.h>

#include "bench.h"
#include "kvm/table.h"
#include "world.h"

#define MANY    200
#define REGIONS 20000u

static uint64_t heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/*
 * Maps 1 GiB of bus addresses in pieces of RAM_SIZE, spread evenly over the window or side by side.
 */
static void sparse(struct world *w, unsigned int page_shift, unsigned int levels, bool is_spread,
		   const char *name)
{
	uint64_t before = world_stats(w->machine).table_bytes;
	uint64_t entries = 8 * (GIB >> page_shift), step, bytes;
	struct vfio_iommu_spapr_tce_create p = {
		.argsz = sizeof(p), .page_shift = page_shift, .window_size = 1024 * GIB, .levels = levels,
	};
	struct vfio_iommu_spapr_tce_remove gone = { .argsz = sizeof(gone) };

	bench_need(!stce_ioctl(w->pe[0].container, VFIO_IOMMU_SPAPR_TCE_CREATE, &p), stce_last_reason());
	step = is_spread ? p.window_size / (GIB / RAM_SIZE) : RAM_SIZE;
	for (uint64_t i = 0; i < GIB / RAM_SIZE; i++)
		bench_need(!world_map(w, 0, p.start_addr + i * step, w->ram, RAM_SIZE), stce_last_reason());
	bytes = world_stats(w->machine).table_bytes - before;
	bench_say(name, "%llu KiB of tables, %.2fx the entries mapped; locked memory %llu MiB",
		  (unsigned long long)bytes / 1024, (double)bytes / (double)entries,
		  (unsigned long long)world_stats(w->machine).locked_bytes >> 20);
	gone.start_addr = p.start_addr;
	bench_need(!stce_ioctl(w->pe[0].container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &gone), "remove");
}

static void tables(struct world *w)
{
	uint64_t before = heap();
	int fd[MANY];

	for (unsigned int i = 0; i < MANY; i++)
		fd[i] = world_table(w, 100 + i, 512, 0);
	bench_say("a guest table of 512 entries", "%llu bytes of heap (struct %zu), and its file of one page",
		  (unsigned long long)(heap() - before) / MANY, sizeof(struct kvm_table));
	for (unsigned int i = 0; i < MANY; i++)
		stce_close(fd[i]);
}

static void containers(struct world *w)
{
	uint64_t before = heap();
	int fd[MANY];

	for (unsigned int i = 0; i < MANY; i++)
		fd[i] = stce_open(w->machine, "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	bench_say("an open container", "%llu bytes of heap", (unsigned long long)(heap() - before) / MANY);
	for (unsigned int i = 0; i < MANY; i++)
		stce_close(fd[i]);
}

static void regions(struct world *w)
{
	uint64_t before = heap();
	char *memory = mmap(NULL, 2 * REGIONS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vfio_iommu_spapr_register_memory p = { .argsz = sizeof(p), .size = PAGE };

	bench_need(memory != MAP_FAILED, "no memory");
	for (unsigned int i = 0; i < REGIONS; i++) {
		p.vaddr = (uintptr_t)memory + 2 * i * PAGE;
		bench_need(!stce_ioctl(w->pe[0].container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &p),
			   stce_last_reason());
	}
	bench_say("a registered region", "%llu bytes of heap (struct %zu)",
		  (unsigned long long)(heap() - before) / REGIONS, sizeof(struct mem_region));
	for (unsigned int i = 0; i < REGIONS; i++) {
		p.vaddr = (uintptr_t)memory + 2 * i * PAGE;
		stce_ioctl(w->pe[0].container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &p);
	}
	munmap(memory, 2 * REGIONS * PAGE);
}

static struct stce_machine *machine_of(unsigned int groups)
{
	struct stce_machine *machine = NULL;
	struct stce_config *config;
	char device[64];
	int r = stce_config_new(&config);

	for (unsigned int i = 0; i < groups && !r; i++) {
		snprintf(device, sizeof(device), "dmatest,addr=0000:%02x:00.0,group=%u", i + 1, i + 1);
		r = stce_config_set(config, "device", device, NULL);
	}
	if (!r)
		r = stce_machine_new(config, &machine, NULL);
	bench_need(!r, "machine");
	stce_config_free(config);
	return machine;
}

/* Measures a PE with its function; the host's own window is most of it. */
static void pes(void)
{
	uint64_t before = heap(), one, many;
	struct stce_machine *few = machine_of(1), *more;

	one = heap() - before;
	more = machine_of(MANY);
	many = heap() - before - one;
	bench_say("a PE with a dmatest function", "%llu bytes of heap (host_pe %zu, host_window %zu)",
		  (unsigned long long)(many - one) / (MANY - 1), sizeof(struct host_pe),
		  sizeof(struct host_window));
	stce_machine_free(few);
	stce_machine_free(more);
}

void bench_memory(void)
{
	struct world w;

	bench_section("memory");
	world_start(&w, 64 * MIB, 1);
	sparse(&w, 12, 4, false, "1 TiB of 4K, 4 levels, 1 GiB side by side");
	sparse(&w, 12, 4, true, "1 TiB of 4K, 4 levels, 1 GiB spread out");
	sparse(&w, 12, 3, true, "1 TiB of 4K, 3 levels, 1 GiB spread out");
	tables(&w);
	containers(&w);
	regions(&w);
	world_stop(&w);
	pes();
}
