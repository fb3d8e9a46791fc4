/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCE: a page address and two permission bits [PAPR 14.5.4.2]. In a
 * hardware table the address is the program's own virtual address, so that
 * an entry is all that a device access needs. Validity is decided by the
 * permission bits alone; an entry that is not valid is kept as 0.
 */
#ifndef STCE_TCE_ENTRY_H
#define STCE_TCE_ENTRY_H

#include "util/types.h"

#define TCE_READ  UINT64_C(0x1) /* the device may read memory */
#define TCE_WRITE UINT64_C(0x2) /* the device may write memory */
#define TCE_PERMISSIONS (TCE_READ | TCE_WRITE)

static inline bool tce_is_valid(uint64_t tce)
{
	return tce & TCE_PERMISSIONS;
}

/*
 * The address behind an entry. Bits 2..11 are never set by us: window pages
 * are at least 4 KiB.
 */
static inline struct vaddr tce_address(uint64_t tce)
{
	return to_vaddr(tce & ~TCE_PERMISSIONS);
}

/*
 * What the hardware keeps of a wanted entry: WRITE brings READ with it
 * [linux pci-ioda-tce.c]. [DIFF-54] a partition's firmware keeps what it gets.
 */
static inline uint64_t tce_hardware_entry(struct vaddr address, uint64_t permissions)
{
	if (permissions & TCE_WRITE)
		permissions |= TCE_READ;
	return permissions ? address.value | permissions : 0;
}

#endif
