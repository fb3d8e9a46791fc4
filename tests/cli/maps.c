/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps 4096 pages at the start of a window of 1G, which is one of 64 parts of it, and prints "mapped". For
 * each line of its input it makes 1000 pairs of MAP and UNMAP of one more page, and prints "done". With an
 * argument it unsets the group's container at the end.
 */
#include "../shim/program.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGES 4096ul

static int container;
static char *memory;

static int map(uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory, .iova = iova, .size = size,
	};

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static int unmap(uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap), .iova = iova, .size = size };

	return ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

int main(int argc, char **argv)
{
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = 12, .window_size = 1 << 30, .levels = 1,
	};
	struct vfio_iommu_spapr_tce_remove remove = { .argsz = sizeof(remove) };
	struct vfio_iommu_spapr_register_memory reg = { .argsz = sizeof(reg), .size = PAGES * 4096 };
	char line[16];
	int group;

	memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.vaddr = (uintptr_t)memory;
	if (memory == MAP_FAILED || !set_up(&container, &group) ||
	    ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove) ||
	    ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create) ||
	    ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) || map(0, PAGES * 4096))
		return 1;
	puts("mapped");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		for (unsigned int i = 0; i < 1000; i++)
			if (map(UINT64_C(1) << 29, 4096) || unmap(UINT64_C(1) << 29, 4096))
				return 2;
		puts("done");
		fflush(stdout);
	}
	return argc > 1 && ioctl(group, VFIO_GROUP_UNSET_CONTAINER) ? 3 : 0;
}
