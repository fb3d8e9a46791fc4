/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refuses the access of a device: counts the fault against the PE, which may freeze, and gives the
 * reason. What is a fault is decided by the caller. Both calls return -EFAULT; dma/hold.h declares the other.
 */
#ifndef STCE_DMA_FAULT_H
#define STCE_DMA_FAULT_H

#include "dma/hold.h"

/*
 * The range is one of the hold's, which the device accesses by that permission; hold->translated of its bytes were
 * translated. The caller is outside of the read lock.
 */
int dma_refuse(const struct dma_hold *hold, const struct dma_range *range, uint64_t permission, enum stce_fault cause);

/* Returns bits of enum stce_eeh_access. */
static inline uint32_t dma_kind_of(uint64_t permission)
{
	return (permission & TCE_READ ? STCE_EEH_DMA_READ : 0) | (permission & TCE_WRITE ? STCE_EEH_DMA_WRITE : 0);
}

#endif
