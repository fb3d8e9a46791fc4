/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The general way of a hold, for any number of ranges in several windows or in the bypass, of a PE that may be stopped
 * or watched. hold.c makes a hold of one range itself where it can.
 */
#ifndef STCE_DMA_HOLD_RANGES_H
#define STCE_DMA_HOLD_RANGES_H

#include "dma/hold.h"
#include "host/eeh_trigger.h"

/* Does as dma_hold() promises. The caller is inside the RCU read lock, which this leaves. */
int dma_hold_ranges(struct host_pe *pe, const struct dma_request *request, struct dma_hold *hold);
/* Releases such a hold, of which the machine has counted the bytes. */
void dma_release_ranges(struct dma_hold *hold, uint64_t moved);

/* Returns whether the PE is stopped, or has triggers that want to see accesses. */
static inline bool dma_is_attended(const struct host_pe *pe)
{
	return host_eeh_word(&pe->eeh) & (HOST_EEH_NO_DMA | HOST_EEH_WATCHED);
}

#endif
