/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Says what the PHB of each machine generation can do, and which part of its 32-bit space each PE's
 * default window gets. A platform is constant. tce/geometry.h does the arithmetic of tables.
 */
#ifndef STCE_HOST_PLATFORM_H
#define STCE_HOST_PLATFORM_H

#include "util/types.h"

#define HOST_WINDOW_SLOTS 2

/*
 * Windows that a container creates start at these addresses; the high one, and the host's bypass,
 * have address bit 59 set.
 */
#define HOST_LOW_START  UINT64_C(0)
#define HOST_HIGH_START bit64(59)

/* The default window of a PE has pages of this size. */
#define HOST_DMA32_PAGE_SHIFT 12

/* Returns the slot of a PE that translates an address. */
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

/* How windows are made. Linux charges for a table between geometry() and the other two calls. */
struct host_window_maker {
	int (*geometry)(struct tce_geometry *geometry, unsigned int page_shift, uint64_t size,
			unsigned int levels, unsigned int host_page_shift);
	int (*check_limits)(const struct tce_geometry *geometry);
	/*
	 * Chooses the start of a container's next window, which has this geometry, beside the
	 * windows that it has. -errno: there is no place for it.
	 */
	int (*choose_start)(const struct host_dma32 *dma32, const struct tce_geometry *geometry,
			    struct host_window *const window[HOST_WINDOW_SLOTS], unsigned int slot, struct ioba *start);
	bool has_common_windows;       /* all groups of a container have the same windows */
};

struct host_platform {
	const char *name;
	const char *phb_name;
	uint64_t page_sizes;           /* bit n means pages of 2^n bytes */
	unsigned int window_count;     /* dynamic windows that a PE may have; 0 if it has only its default window */
	unsigned int levels;           /* the levels that VFIO advertises */
	bool has_bypass;               /* the host's devices can reach all memory above bit 59 */
	bool has_eeh;
	bool has_bus_reset;            /* functions are behind a bridge that resets their bus, not on the root bus */
	const struct host_window_maker *windows;
	/* Gives the n-th of `count` PEs its part of the 32-bit space. false: none is left. */
	bool (*assign_dma32)(unsigned int n, unsigned int count, struct host_dma32 *dma32);
};

/* Returns NULL if there is no platform of that name. */
const struct host_platform *host_platform_find(const char *name);
/* Returns NULL past the last platform. */
const struct host_platform *host_platform_nth(unsigned int n);

#endif
