/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of platforms: the machine generations as firmware describes them and Linux drives them
 * [linux pci-ioda.c; up to 6.1 for IODA1; pci-p5ioc2.c up to 4.5], and what Linux has in a
 * partition, such as a KVM guest [linux pseries/iommu.c, 6.12].
 */
#include "host/platform.h"

#include <errno.h>
#include <string.h>

#include "host/window.h"
#include "util/reason.h"

#define PAGE_4K      bit64(12)
#define PAGES_POWER8 (PAGE_4K | bit64(16) | bit64(24) | bit64(28))
#define PAGES_POWER9 (PAGE_4K | bit64(16) | bit64(21) | bit64(30))
#define PAGES_QEMU   (PAGE_4K | bit64(16) | bit64(21) | bit64(24)) /* QEMU's pseries machine, by default */

/* The 32-bit space lies below the PHB's window on MMIO. */
#define DMA32_SIZE    UINT32_C(0x80000000)
#define SEGMENT_SIZE  UINT32_C(0x10000000)
#define SEGMENT_COUNT (DMA32_SIZE / SEGMENT_SIZE)

/* A hub's TCEs lie in one block, and a hub has at least this many PHBs. */
#define HUB_TCES         (16 * MIB / sizeof(uint64_t))
#define HUB_PHB_COUNT 4

static bool all_of_it(unsigned int n, unsigned int count, struct host_dma32 *dma32)
{
	*dma32 = (struct host_dma32){ 0, DMA32_SIZE };
	return true;
}

/*
 * All our functions have the same weight, because none is a USB or RAID controller [linux
 * pnv_pci_ioda_dev_dma_weight].
 */
static bool segments(unsigned int n, unsigned int count, struct host_dma32 *dma32)
{
	uint32_t each = count < SEGMENT_COUNT ? SEGMENT_COUNT / count : 1;

	if (n >= SEGMENT_COUNT)
		return false;
	*dma32 = (struct host_dma32){ n * each * SEGMENT_SIZE, each * SEGMENT_SIZE };
	return true;
}

/* Each PE is behind a PHB of its own; the hub's TCEs are divided evenly, by a power of two. */
static bool part_of_hub(unsigned int n, unsigned int count, struct host_dma32 *dma32)
{
	uint64_t phbs = count < HUB_PHB_COUNT ? HUB_PHB_COUNT : count;

	if (phbs > HUB_TCES)
		return false;
	*dma32 = (struct host_dma32){ 0, (uint32_t)(bit64(log2_of(HUB_TCES / phbs)) * 4 * KIB) };
	return true;
}

static bool firmware_window(unsigned int n, unsigned int count, struct host_dma32 *dma32)
{
	*dma32 = (struct host_dma32){ 0, GIB };
	return true;
}

static int start_by_slot(const struct host_dma32 *dma32, const struct tce_geometry *geometry,
			 struct host_window *const window[HOST_WINDOW_SLOTS], unsigned int slot, struct ioba *start)
{
	*start = to_ioba(slot ? HOST_HIGH_START : dma32->start);
	return 0;
}

/*
 * Firmware keeps the default window even if a container has removed it. So only a window like that
 * one can be low, and there is one high window.
 */
static int start_by_firmware(const struct host_dma32 *dma32, const struct tce_geometry *geometry,
			     struct host_window *const window[HOST_WINDOW_SLOTS], unsigned int slot, struct ioba *start)
{
	bool is_low = !slot && geometry->page_shift == HOST_DMA32_PAGE_SHIFT && geometry->window_size <= dma32->size;

	if (!slot && window[1])
		return REASON(-EPERM, "a high window exists: a low one would replace it");
	/* [DIFF-52] The group may ask again. */
	if (slot && window[0] && window[0]->start.value == HOST_HIGH_START)
		return REASON(-ENODEV, "firmware has no window left");
	*start = to_ioba(is_low ? dma32->start : HOST_HIGH_START);
	return 0;
}

static const struct host_window_maker ioda = {
	tce_geometry_init, tce_geometry_check_limits, start_by_slot, true
}, firmware = {
	tce_geometry_init_flat, tce_geometry_check_flat, start_by_firmware, false
};

static const struct host_platform platforms[] = {
	{ "power8", "PHB3", PAGES_POWER8, HOST_WINDOW_SLOTS, 5, true, true, true, &ioda, all_of_it },
	{ "power9", "PHB4", PAGES_POWER9, HOST_WINDOW_SLOTS, 5, true, true, true, &ioda, all_of_it },
	{ "power10", "PHB5", PAGES_POWER9, HOST_WINDOW_SLOTS, 5, true, true, true, &ioda, all_of_it },
	{ "ioda1", "P7IOC", PAGE_4K, 0, 1, false, true, true, &ioda, segments },
	{ "p5ioc2", "P5IOC2", PAGE_4K, 0, 1, false, false, true, &ioda, part_of_hub },
	{ "pseries", "sPAPR PHB", PAGES_QEMU, HOST_WINDOW_SLOTS, 1, false, false, false, &firmware, firmware_window },
};

const struct host_platform *host_platform_nth(unsigned int n)
{
	return n < ARRAY_COUNT(platforms) ? &platforms[n] : NULL;
}

const struct host_platform *host_platform_find(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(platforms); i++)
		if (!strcmp(platforms[i].name, name))
			return &platforms[i];
	return NULL;
}
