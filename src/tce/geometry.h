/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arithmetic of a window's table: how many entries, how they split over
 * levels, what Linux would charge for it [linux pci-ioda-tce.c].
 */
#ifndef STCE_TCE_GEOMETRY_H
#define STCE_TCE_GEOMETRY_H

#include "util/types.h"

#define TCE_LEVELS_MAX 5

struct tce_geometry {
	unsigned int page_shift;   /* log2 of the IOMMU page, bytes */
	unsigned int levels;       /* 1..TCE_LEVELS_MAX */
	unsigned int digit_bits;   /* log2 of the entries in one node */
	uint64_t window_size;      /* bytes, a power of two */
	uint64_t entries;          /* valid indices are 0..entries-1 [DIFF-9] */
	uint64_t charge;           /* bytes of locked memory, both of Linux's trees, full */
};

/*
 * Judges a request. -EINVAL: levels outside 1..5, or a size that is not a
 * power of two or is below an eighth of a page. The charge is filled in
 * here, because Linux charges before it looks at the limits below.
 */
int tce_geometry_init(struct tce_geometry *geometry, unsigned int page_shift,
		      uint64_t window_size, unsigned int levels,
		      unsigned int host_page_shift);

/*
 * What the PHB and the allocator can do. -EINVAL: more address bits than
 * the PHB decodes; -ENOMEM: a node larger than the largest block of memory.
 */
int tce_geometry_check_limits(const struct tce_geometry *geometry);

/*
 * The same for a table that firmware keeps for a partition, in one level and
 * charged once. Nothing but the charge is judged before it: -EINVAL where it
 * is less than a byte.
 */
int tce_geometry_init_flat(struct tce_geometry *geometry, unsigned int page_shift,
			   uint64_t window_size, unsigned int levels,
			   unsigned int host_page_shift);
/* -EINVAL: not a power of two, more than one level, or more entries than firmware has. */
int tce_geometry_check_flat(const struct tce_geometry *geometry);

/* Bytes of one node. */
static inline uint64_t tce_geometry_node_size(const struct tce_geometry *geometry)
{
	return bit64(geometry->digit_bits + 3);
}

#endif
