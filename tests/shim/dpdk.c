/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stock DPDK brings up its EAL, takes a group through VFIO with the sPAPR v2 IOMMU, and maps its
 * memory, into which a function copies by the addresses that DPDK gives. Its registers are mapped, and
 * DPDK's own accessors load and store them. Arguments: EAL's options.
 */
#include "program.h"

#include <sys/mman.h>

#include <rte_eal.h>
#include <rte_io.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_vfio.h>

#include <spapr-tce/dmatest.h>

#define LENGTH (256 << 10)

static int device;
static char *bar;

static uint32_t get(unsigned int reg)
{
	return rte_read32(bar + reg);
}

static bool begin(void)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command = 0x6;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region) ||
	    pwrite(device, &command, sizeof(command), (off_t)region.offset + 4) != sizeof(command))
		return false;
	region.index = VFIO_PCI_BAR0_REGION_INDEX;
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region) || !(region.flags & VFIO_REGION_INFO_FLAG_MMAP))
		return false;
	bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)region.offset);
	return bar != MAP_FAILED && get(STCE_DMATEST_MAGIC) == STCE_DMATEST_MAGIC_VALUE;
}

static bool copies(void)
{
	uint8_t *from = rte_malloc(NULL, LENGTH, 4096), *to = rte_zmalloc(NULL, LENGTH, 4096);

	if (!from || !to)
		return false;
	for (int i = 0; i < LENGTH; i++)
		from[i] = (uint8_t)(i * 7 + i / 251);
	rte_write64(rte_malloc_virt2iova(from), bar + STCE_DMATEST_SOURCE);
	rte_write64(rte_malloc_virt2iova(to), bar + STCE_DMATEST_TARGET);
	rte_write64(LENGTH, bar + STCE_DMATEST_LENGTH);
	rte_write32(STCE_DMATEST_COPY, bar + STCE_DMATEST_COMMAND);
	return get(STCE_DMATEST_STATUS) == STCE_DMATEST_DONE && memcmp(from, to, LENGTH) == 0;
}

int main(int count, char **arguments)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	ok(rte_eal_init(count, arguments) >= 0, "EAL begins");
	ok(rte_vfio_is_enabled("vfio") == 1 && rte_vfio_is_enabled("vfio_pci") == 1, "it finds vfio's modules");
	ok(rte_eal_iova_mode() == RTE_IOVA_VA, "it chooses virtual addresses for devices");
	ok(rte_vfio_setup_device("/sys/bus/pci/devices", ADDRESS, &device, &info) == 0,
	   "it takes the function, makes a window and maps its memory");
	ok(begin(), "the function's registers can be mapped and loaded");
	ok(copies(), "the function copies between two buffers of rte_malloc");
	munmap(bar, STCE_DMATEST_BAR_SIZE);
	ok(rte_vfio_release_device("/sys/bus/pci/devices", ADDRESS, device) == 0, "it gives the function back");
	rte_eal_cleanup();
	return ok_end();
}
