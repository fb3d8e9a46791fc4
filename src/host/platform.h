/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PHB of each machine generation can do, and where in its 32-bit
 * space each PE has its default window.
 */
#ifndef STCE_HOST_PLATFORM_H
#define STCE_HOST_PLATFORM_H

#include "util/types.h"

#define HOST_WINDOW_SLOTS 2

/* Where windows that are made start: the high one and the host's bypass have address bit 59. */
#define HOST_LOW_START  UINT64_C(0)
#define HOST_HIGH_START bit64(59)

/* The default window of a PE, in pages of this size. */
#define HOST_DMA32_PAGE_SHIFT 12

/* Which slot of a PE translates an address. */
static inline unsigned int host_slot_of(struct ioba ioba)
{
	return ioba.value >> 59 & 1;
}

struct host_dma32 {
	uint32_t start;
	uint32_t size;                 /* bytes */
};

struct host_window;
struct tce_geometry;

/* How windows are made. Linux charges for a table between geometry() and the other two. */
struct host_window_maker {
	int (*geometry)(struct tce_geometry *geometry, unsigned int page_shift, uint64_t size,
			unsigned int levels, unsigned int host_page_shift);
	int (*check_limits)(const struct tce_geometry *geometry);
	/* Where a container's next window starts that has such a table, beside those that it has: -errno, nowhere. */
	int (*choose_start)(const struct host_dma32 *dma32, const struct tce_geometry *geometry,
			    struct host_window *const window[HOST_WINDOW_SLOTS], unsigned int slot, struct ioba *start);
	bool has_common_windows;       /* the groups of a container have them in common */
};

struct host_platform {
	const char *name;
	const char *phb_name;
	uint64_t page_sizes;           /* bit n: pages of 2^n bytes */
	unsigned int window_count;     /* dynamic windows a PE may have; 0: only its default one, for ever */
	unsigned int levels;           /* what VFIO advertises */
	bool has_bypass;               /* the host's devices may reach all memory above bit 59 */
	bool has_eeh;
	bool has_bus_reset;            /* functions are behind a bridge that resets their bus, not on the root bus */
	const struct host_window_maker *windows;
	/* Gives the n-th of `count` PEs its part of the 32-bit space; false: none is left. */
	bool (*assign_dma32)(unsigned int n, unsigned int count, struct host_dma32 *dma32);
};

/* NULL when there is no platform of that name. */
const struct host_platform *host_platform_find(const char *name);

#endif
