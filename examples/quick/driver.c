/* SPDX-License-Identifier: BSD-2-Clause */
/* A driver's quick start, in C and C++: a function copies a page by DMA. It knows Linux's VFIO only. */
#include <fcntl.h>
#include <linux/vfio.h>
#include <spapr-tce/dmatest.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static char memory[1 << 17] __attribute__((aligned(1 << 16))) = "hello by DMA";

static int need(int result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(1);
}

int main(void)
{
	const uint64_t length = sizeof(memory) / 2;
	int container = need(open("/dev/vfio/vfio", O_RDWR), "/dev/vfio/vfio");
	int group = need(open("/dev/vfio/1", O_RDWR), "/dev/vfio/1");

	need(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "set container");
	need(ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU), "set iommu");

	/* All memory for DMA is registered once, and then mapped at bus address 0 of the default window. */
	struct vfio_iommu_spapr_register_memory all = { sizeof(all), 0, (uintptr_t)memory, sizeof(memory) };
	struct vfio_iommu_type1_dma_map map = { sizeof(map), VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
						(uintptr_t)memory, 0, sizeof(memory) };

	need(ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &all), "register memory");
	need(ioctl(container, VFIO_IOMMU_MAP_DMA, &map), "map");

	/* Config space: memory decoding and bus mastering. BAR 0 is mapped. */
	int device = need(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0"), "device");
	struct vfio_region_info config = { sizeof(config), 0, VFIO_PCI_CONFIG_REGION_INDEX, 0, 0, 0 };
	struct vfio_region_info bar = { sizeof(bar), 0, VFIO_PCI_BAR0_REGION_INDEX, 0, 0, 0 };
	const uint16_t command = 0x6;

	need(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config), "config space");
	need((int)pwrite(device, &command, 2, (off_t)config.offset + 4), "command register");
	need(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar), "BAR 0");
	volatile char *bar0 = (volatile char *)mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, device,
						    (off_t)bar.offset);
	need(bar0 == MAP_FAILED ? -1 : 0, "map BAR 0");

	*(volatile uint64_t *)(bar0 + STCE_DMATEST_TARGET) = length;
	*(volatile uint64_t *)(bar0 + STCE_DMATEST_LENGTH) = length;
	*(volatile uint32_t *)(bar0 + STCE_DMATEST_COMMAND) = STCE_DMATEST_COPY;
	printf("copied: \"%s\"\n", memory + length);
	return *(volatile uint32_t *)(bar0 + STCE_DMATEST_STATUS) != STCE_DMATEST_DONE;
}
