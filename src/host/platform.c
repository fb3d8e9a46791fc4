/* SPDX-License-Identifier: BSD-2-Clause */
/* The generations, as firmware describes them [linux pci-ioda.c]. */
#include "host/platform.h"

#include <string.h>

#define PAGES_POWER8 (bit64(12) | bit64(16) | bit64(24) | bit64(28))
#define PAGES_POWER9 (bit64(12) | bit64(16) | bit64(21) | bit64(30))
#define DMA32_SIZE   UINT32_C(0x80000000)

static const struct host_platform platforms[] = {
	{ "power8", "PHB3", PAGES_POWER8, 0, DMA32_SIZE, HOST_WINDOW_SLOTS, 5 },
	{ "power9", "PHB4", PAGES_POWER9, 0, DMA32_SIZE, HOST_WINDOW_SLOTS, 5 },
	{ "power10", "PHB5", PAGES_POWER9, 0, DMA32_SIZE, HOST_WINDOW_SLOTS, 5 },
};

const struct host_platform *host_platform_find(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(platforms); i++)
		if (!strcmp(platforms[i].name, name))
			return &platforms[i];
	return NULL;
}
