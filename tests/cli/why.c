/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets a dmatest function write where it may not: into a window that was removed, to memory that the
 * program has unmapped, and last to a page that was unmapped. It prints "done" and stays until its input
 * ends. A range is 64K, so that it is whole pages on any host.
 */
#include "../shim/program.h"

#include <stdint.h>
#include <sys/mman.h>

#include <spapr-tce/dmatest.h>

#define PAGE 65536ul

static int container, group, device;
static off_t bar;

static off_t region_offset(unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	return ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) ? -1 : (off_t)info.offset;
}

static bool open_device(void)
{
	uint16_t command = 6;   /* memory space and bus master */

	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	bar = device < 0 ? -1 : region_offset(VFIO_PCI_BAR0_REGION_INDEX);
	return bar >= 0 && pwrite(device, &command, 2, region_offset(VFIO_PCI_CONFIG_REGION_INDEX) + 4) == 2;
}

static bool set_register(unsigned int offset, uint64_t value, size_t size)
{
	return pwrite(device, &value, size, bar + offset) == (ssize_t)size;
}

static bool write_fails(uint64_t ioba)
{
	uint32_t status = 0;

	return set_register(STCE_DMATEST_TARGET, ioba, 8) && set_register(STCE_DMATEST_LENGTH, 16, 8) &&
	       set_register(STCE_DMATEST_COMMAND, STCE_DMATEST_FILL, 4) &&
	       pread(device, &status, 4, bar + STCE_DMATEST_STATUS) == 4 && status == STCE_DMATEST_FAULTED;
}

static int map(char *memory, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory, .iova = iova, .size = PAGE,
	};

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

int main(void)
{
	char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vfio_iommu_spapr_register_memory reg = {
		.argsz = sizeof(reg), .vaddr = (uintptr_t)memory, .size = 2 * PAGE,
	};
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = 12, .window_size = 1 << 30, .levels = 1,
	};
	struct vfio_iommu_spapr_tce_remove remove = { .argsz = sizeof(remove) };
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap), .iova = 0x10000, .size = PAGE };

	if (memory == MAP_FAILED || !set_up(&container, &group) || !open_device() ||
	    ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) ||
	    map(memory, 0x20000) || ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove) || !write_fails(0x20000) ||
	    ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create) || map(memory + PAGE, 0x30000) ||
	    munmap(memory + PAGE, PAGE) || !write_fails(0x30040) || map(memory, 0x10000) ||
	    ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap) || !write_fails(0x10008)) {
		printf("failed: errno %d\n", errno);
		return 1;
	}
	puts("done");
	fflush(stdout);
	return getchar() == EOF ? 0 : 2;
}
