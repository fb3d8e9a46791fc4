/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arithmetic of a window's table: how many entries it has, how they are divided into levels,
 * and what Linux would charge for it [linux pci-ioda-tce.c]. A geometry that has passed its checks
 * describes a table that can be made. Memory and entries are tce/table.h's.
 */
#ifndef STCE_TCE_GEOMETRY_H
#define STCE_TCE_GEOMETRY_H

#include "util/types.h"

/*
 * What Linux advertises, and the most that its first look at a request allows. The PHB's address
 * bits leave four levels if the host has 4K pages, and three if it has 64K pages, because no node
 * is smaller than a host page.
 */
#define TCE_LEVELS_MAX 5

struct tce_geometry {
	unsigned int page_shift;   /* log2 of the IOMMU page in bytes */
	unsigned int levels;       /* 1..TCE_LEVELS_MAX */
	unsigned int digit_bits;   /* log2 of the entries in one node */
	uint64_t window_size;      /* bytes, a power of two */
	uint64_t entries;          /* valid indices are 0..entries-1 [DIFF-9] */
	uint64_t charge;           /* bytes of locked memory: both of Linux's trees when full */
};

/*
 * Judges a request and fills in the geometry. -EINVAL: levels are outside 1..5, or the size is not
 * a power of two, is below an eighth of a page, or is too small for so many levels. The charge is
 * filled in here, because Linux charges before it checks the limits below.
 */
int tce_geometry_init(struct tce_geometry *geometry, unsigned int page_shift,
		      uint64_t window_size, unsigned int levels,
		      unsigned int host_page_shift);

/*
 * Checks what the PHB and the allocator can do. -EINVAL: more address bits than the PHB decodes;
 * -ENOMEM: a node larger than the largest block of memory.
 */
int tce_geometry_check_limits(const struct tce_geometry *geometry);

/*
 * As tce_geometry_init() for a table that firmware keeps for a partition, which has one level and
 * is charged once. Linux judges only the charge before it charges: -EINVAL if that is less than a
 * byte.
 */
int tce_geometry_init_flat(struct tce_geometry *geometry, unsigned int page_shift,
			   uint64_t window_size, unsigned int levels,
			   unsigned int host_page_shift);
/*
 * -EINVAL: the size is not a power of two, there is more than one level, or there are no entries or
 * more than firmware has.
 */
int tce_geometry_check_flat(const struct tce_geometry *geometry);

/* Returns the bytes of one node. */
static inline uint64_t tce_geometry_node_size(const struct tce_geometry *geometry)
{
	return bit64(geometry->digit_bits + 3);
}

#endif
