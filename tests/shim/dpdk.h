/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests with stock DPDK share: a dmatest function that DPDK's VFIO code has opened, whose
 * registers are mapped and accessed by DPDK's own loads and stores. It copies between addresses that
 * DPDK gives out.
 */
#ifndef STCE_TESTS_SHIM_DPDK_H
#define STCE_TESTS_SHIM_DPDK_H

#include "program.h"

#include <sys/mman.h>

#include <rte_eal.h>
#include <rte_io.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_vfio.h>

#include <spapr-tce/dmatest.h>

#define SYSFS  "/sys/bus/pci/devices"
#define LENGTH (256 << 10)

struct function {
	int device;
	char *bar;
};

static inline uint32_t get(const struct function *function, unsigned int reg)
{
	return rte_read32(function->bar + reg);
}

/* Turns memory decoding and bus mastering on, and maps BAR 0. */
static inline bool map_registers(struct function *function)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command = 0x6;

	if (ioctl(function->device, VFIO_DEVICE_GET_REGION_INFO, &region) ||
	    pwrite(function->device, &command, sizeof(command), (off_t)region.offset + 4) != sizeof(command))
		return false;
	region.index = VFIO_PCI_BAR0_REGION_INDEX;
	if (ioctl(function->device, VFIO_DEVICE_GET_REGION_INFO, &region) ||
	    !(region.flags & VFIO_REGION_INFO_FLAG_MMAP))
		return false;
	function->bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, function->device,
			     (off_t)region.offset);
	return function->bar != MAP_FAILED && get(function, STCE_DMATEST_MAGIC) == STCE_DMATEST_MAGIC_VALUE;
}

static inline bool take(struct function *function, const char *address)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	return rte_vfio_setup_device(SYSFS, address, &function->device, &info) == 0;
}

static inline bool give_back(struct function *function, const char *address)
{
	munmap(function->bar, STCE_DMATEST_BAR_SIZE);
	return rte_vfio_release_device(SYSFS, address, function->device) == 0;
}

/* Has the function copy between two bus addresses, and returns its status. */
static inline uint32_t copy(const struct function *function, uint64_t from, uint64_t to, uint64_t length)
{
	rte_write64(from, function->bar + STCE_DMATEST_SOURCE);
	rte_write64(to, function->bar + STCE_DMATEST_TARGET);
	rte_write64(length, function->bar + STCE_DMATEST_LENGTH);
	rte_write32(STCE_DMATEST_COPY, function->bar + STCE_DMATEST_COMMAND);
	return get(function, STCE_DMATEST_STATUS);
}

static inline void fill(uint8_t *buffer, int length, int factor)
{
	for (int i = 0; i < length; i++)
		buffer[i] = (uint8_t)(i * factor + i / 251);
}

/* Whether the function copies between two new buffers of rte_malloc(). */
static inline bool copies(const struct function *function)
{
	uint8_t *from = rte_malloc(NULL, LENGTH, 4096), *to = rte_zmalloc(NULL, LENGTH, 4096);
	bool good = false;

	if (from && to) {
		fill(from, LENGTH, 7);
		good = copy(function, rte_malloc_virt2iova(from), rte_malloc_virt2iova(to), LENGTH) ==
			       STCE_DMATEST_DONE &&
		       memcmp(from, to, LENGTH) == 0;
	}
	rte_free(from);
	rte_free(to);
	return good;
}

#endif
