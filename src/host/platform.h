/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bridge of each machine generation can do, and where in its 32-bit
 * space each PE has its default window.
 */
#ifndef STCE_HOST_PLATFORM_H
#define STCE_HOST_PLATFORM_H

#include "util/types.h"

#define HOST_WINDOW_SLOTS 2

/* Where windows that are made start: slot 1 and the host's bypass have address bit 59. */
#define HOST_LOW_START  UINT64_C(0)
#define HOST_HIGH_START bit64(59)

/* The default window of a PE, in pages of this size. */
#define HOST_DMA32_PAGE_SHIFT 12

struct host_dma32 {
	uint32_t start;
	uint32_t size;                 /* bytes */
};

struct host_platform {
	const char *name;
	const char *bridge;
	uint64_t page_sizes;           /* bit n: pages of 2^n bytes */
	unsigned int window_count;     /* dynamic windows a PE may have; 0: only its default one, for ever */
	unsigned int levels;           /* what VFIO advertises */
	bool has_bypass;               /* the host's devices may reach all memory above bit 59 */
	bool has_eeh;
	/* Gives the n-th of `count` PEs its share of the 32-bit space; false: none is left. */
	bool (*share_dma32)(unsigned int n, unsigned int count, struct host_dma32 *share);
};

/* NULL when there is no platform of that name. */
const struct host_platform *host_platform_find(const char *name);

#endif
