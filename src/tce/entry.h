/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCE: a page address and two permission bits [PAPR 14.5.4.2]. The address in a hardware table
 * is the program's own virtual address, so a device access needs nothing but the entry. The
 * permission bits alone decide whether an entry is valid; an invalid one is stored as 0. Checking a
 * client's entry is left to vfio/ and kvm/.
 */
#ifndef STCE_TCE_ENTRY_H
#define STCE_TCE_ENTRY_H

#include <stdatomic.h>

#include "util/types.h"

/* An entry in a table, which devices may be reading. */
typedef _Atomic(uint64_t) tce_entry;

#define TCE_READ  UINT64_C(0x1) /* the device may read memory */
#define TCE_WRITE UINT64_C(0x2) /* the device may write memory */
#define TCE_PERMISSIONS (TCE_READ | TCE_WRITE)

static inline bool tce_is_valid(uint64_t tce)
{
	return tce & TCE_PERMISSIONS;
}

/*
 * Returns the address in an entry. Bits 2 to 11 are never set in a hardware table, because a
 * window's pages are at least 4 KiB.
 */
static inline struct vaddr tce_address(uint64_t tce)
{
	return to_vaddr(tce & ~TCE_PERMISSIONS);
}

/*
 * Returns the entry that the hardware stores: WRITE brings READ with it [linux pci-ioda-tce.c].
 * [DIFF-54] A partition's firmware stores the entry as it is.
 */
static inline uint64_t tce_hardware_entry(struct vaddr address, uint64_t permissions)
{
	if (permissions & TCE_WRITE)
		permissions |= TCE_READ;
	return permissions ? address.value | permissions : 0;
}

/* Does so with an address that has permissions already, of which there is at least one. */
static inline uint64_t tce_hardware_valid(uint64_t tce)
{
	return tce | (tce >> 1 & TCE_READ);
}

/* Exchanges an entry, whose part must exist, and returns the old value. */
static inline uint64_t tce_entry_exchange(tce_entry *entry, uint64_t value)
{
	return atomic_exchange_explicit(entry, value, memory_order_seq_cst);
}

/*
 * Does so, unless the entry is to be cleared and is clear already: then it is not written, so the
 * processor need not own its cache line.
 */
static inline uint64_t tce_entry_replace(tce_entry *entry, uint64_t value)
{
	return !value && !atomic_load_explicit(entry, memory_order_relaxed) ? 0 : tce_entry_exchange(entry, value);
}

#endif
