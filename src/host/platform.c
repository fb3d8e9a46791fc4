/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generations, as firmware describes them and Linux drives them [linux
 * pci-ioda.c; up to 6.1 for IODA1; pci-p5ioc2.c up to 4.5].
 */
#include "host/platform.h"

#include <string.h>

#define PAGE_4K      bit64(12)
#define PAGES_POWER8 (PAGE_4K | bit64(16) | bit64(24) | bit64(28))
#define PAGES_POWER9 (PAGE_4K | bit64(16) | bit64(21) | bit64(30))

/* The 32-bit space below the bridge's window on MMIO. */
#define DMA32_SIZE    UINT32_C(0x80000000)
#define SEGMENT_SIZE  UINT32_C(0x10000000)
#define SEGMENT_COUNT (DMA32_SIZE / SEGMENT_SIZE)

/* A hub's TCEs lie in one block, and it has at least so many bridges. */
#define HUB_TCES         (16 * MIB / sizeof(uint64_t))
#define HUB_BRIDGE_COUNT 4

static bool all_of_it(unsigned int n, unsigned int count, struct host_dma32 *share)
{
	*share = (struct host_dma32){ 0, DMA32_SIZE };
	return true;
}

/* Our functions weigh the same: neither USB nor RAID controllers [linux pnv_pci_ioda_dev_dma_weight]. */
static bool segments(unsigned int n, unsigned int count, struct host_dma32 *share)
{
	uint32_t each = count < SEGMENT_COUNT ? SEGMENT_COUNT / count : 1;

	if (n >= SEGMENT_COUNT)
		return false;
	*share = (struct host_dma32){ n * each * SEGMENT_SIZE, each * SEGMENT_SIZE };
	return true;
}

/* Each PE is behind a bridge of its own; the hub's TCEs are split evenly, by a power of two. */
static bool part_of_hub(unsigned int n, unsigned int count, struct host_dma32 *share)
{
	uint64_t bridges = count < HUB_BRIDGE_COUNT ? HUB_BRIDGE_COUNT : count;

	if (bridges > HUB_TCES)
		return false;
	*share = (struct host_dma32){ 0, (uint32_t)(bit64(log2_of(HUB_TCES / bridges)) * 4 * KIB) };
	return true;
}

static const struct host_platform platforms[] = {
	{ "power8", "PHB3", PAGES_POWER8, HOST_WINDOW_SLOTS, 5, true, true, all_of_it },
	{ "power9", "PHB4", PAGES_POWER9, HOST_WINDOW_SLOTS, 5, true, true, all_of_it },
	{ "power10", "PHB5", PAGES_POWER9, HOST_WINDOW_SLOTS, 5, true, true, all_of_it },
	{ "ioda1", "P7IOC", PAGE_4K, 0, 1, false, true, segments },
	{ "p5ioc2", "P5IOC2", PAGE_4K, 0, 1, false, false, part_of_hub },
};

const struct host_platform *host_platform_find(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(platforms); i++)
		if (!strcmp(platforms[i].name, name))
			return &platforms[i];
	return NULL;
}
