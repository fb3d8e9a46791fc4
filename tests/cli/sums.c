/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets dmatest sum memory in two pieces that are apart, copy it, and sum the copy, and prints both sums. The device has
 * no thread of its own, so a recording has what it reads before the access that makes it read.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <spapr-tce/dmatest.h>

#define PAGE   65536u
#define LENGTH (PAGE + 1000)

static char memory[4 * PAGE] __attribute__((aligned(PAGE)));
static int container, device;

static int need(int result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(1);
}

static void put(unsigned int offset, uint64_t value, size_t size)
{
	need((int)pwrite(device, &value, size, offset), "write a register");
}

static uint64_t sum(uint64_t from)
{
	uint64_t value = 0;

	put(STCE_DMATEST_SOURCE, from, 8);
	put(STCE_DMATEST_LENGTH, LENGTH, 8);
	put(STCE_DMATEST_COMMAND, STCE_DMATEST_CHECKSUM, 4);
	need((int)pread(device, &value, 8, STCE_DMATEST_RESULT), "read a register");
	return value;
}

static void map(unsigned int page, uint64_t ioba)
{
	struct vfio_iommu_type1_dma_map map = { sizeof(map), VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
						(uintptr_t)memory + page * PAGE, ioba, PAGE };

	need(ioctl(container, VFIO_IOMMU_MAP_DMA, &map), "map");
}

int main(void)
{
	struct vfio_iommu_spapr_register_memory all = { sizeof(all), 0, (uintptr_t)memory, sizeof(memory) };
	struct vfio_region_info config = { .argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	const uint16_t command = 0x6;
	int group;

	for (unsigned int i = 0; i < sizeof(memory); i++)
		memory[i] = (char)(i * 7 + i / 256);
	container = need(open("/dev/vfio/vfio", O_RDWR), "container");
	group = need(open("/dev/vfio/1", O_RDWR), "group");
	need(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "set container");
	need(ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU), "set iommu");
	need(ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &all), "register memory");
	/* The device sees the pages in another order than the program. */
	map(2, 0);
	map(0, PAGE);
	map(3, 2 * PAGE);
	map(1, 3 * PAGE);
	device = need(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0"), "device");
	need(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config), "config space");
	need((int)pwrite(device, &command, 2, (off_t)config.offset + 4), "command register");
	printf("%" PRIx64, sum(0));
	put(STCE_DMATEST_SOURCE, 0, 8);
	put(STCE_DMATEST_TARGET, 2 * PAGE, 8);
	put(STCE_DMATEST_COMMAND, STCE_DMATEST_COPY, 4);
	printf(" %" PRIx64 "\n", sum(2 * PAGE));
	return 0;
}
