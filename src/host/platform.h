/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bridge of each machine generation can do: data, no behaviour.
 */
#ifndef STCE_HOST_PLATFORM_H
#define STCE_HOST_PLATFORM_H

#include "util/types.h"

#define HOST_WINDOW_SLOTS 2

/* Slot 1 and the host's bypass lie where address bit 59 is set. */
#define HOST_HIGH_START bit64(59)

struct host_platform {
	const char *name;
	const char *bridge;
	uint64_t page_sizes;           /* bit n: pages of 2^n bytes */
	uint32_t dma32_start;          /* of the default window */
	uint32_t dma32_size;           /* bytes */
	unsigned int window_count;     /* dynamic windows a PE may have */
	unsigned int levels;           /* what VFIO advertises */
};

/* NULL when there is no platform of that name. */
const struct host_platform *host_platform_find(const char *name);

#endif
