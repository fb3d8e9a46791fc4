/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs more threads than the counters have places for. Each registers a page and maps it through a
 * window of 4K pages. It prints "mapped" and stays.
 */
#include "program.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

#define THREADS 300

static int container;
static char *memory;
static size_t page;
static pthread_barrier_t all;
static unsigned int failed;

static void *map_one(void *number)
{
	size_t n = (size_t)number;
	struct vfio_iommu_spapr_register_memory reg = {
		.argsz = sizeof(reg), .vaddr = (uintptr_t)memory + n * page, .size = page,
	};
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory + n * page, .iova = n * 4096, .size = 4096,
	};

	if (ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) || ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
	pthread_barrier_wait(&all);
	return NULL;
}

int main(void)
{
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = 12, .window_size = 1 << 30, .levels = 1,
	};
	struct vfio_iommu_spapr_tce_remove remove = { .argsz = sizeof(remove) };
	pthread_t thread;
	int group;

	page = (size_t)sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, THREADS * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!set_up(&container, &group) || memory == MAP_FAILED ||
	    ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove) ||
	    ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create))
		return 1;
	pthread_barrier_init(&all, NULL, THREADS + 1);
	for (size_t n = 0; n < THREADS; n++)
		if (pthread_create(&thread, NULL, map_one, (void *)n))
			return 2;
	pthread_barrier_wait(&all);
	puts(failed ? "failed" : "mapped");
	fflush(stdout);
	for (;;)
		pause();
}
