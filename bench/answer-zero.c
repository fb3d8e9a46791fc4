/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements a preload for bench/guest-tce: in the upper half of the default window it answers 0 to
 * MAP_DMA and UNMAP_DMA and does nothing, which is the least that a program's call can cost; every
 * other call goes on to the next preload. One program so meets both within a millisecond. The calls
 * of the lower half pay for the way through here too.
 */
#include <dlfcn.h>
#include <linux/vfio.h>
#include <stdint.h>

#define UPPER_HALF UINT64_C(0x20000000)

static int (*next)(int fd, unsigned long request, void *argument);

__attribute__((constructor)) static void find_next(void)
{
	next = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
}

int ioctl(int fd, unsigned long request, void *argument);

__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, void *argument)
{
	const struct vfio_iommu_type1_dma_map *map = argument;
	const struct vfio_iommu_type1_dma_unmap *unmap = argument;

	if (request == VFIO_IOMMU_MAP_DMA && map->iova >= UPPER_HALF)
		return 0;
	if (request == VFIO_IOMMU_UNMAP_DMA && unmap->iova >= UPPER_HALF)
		return 0;
	return next(fd, request, argument);
}
