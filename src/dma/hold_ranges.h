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

/* Sets the first and the last index of a range; false: a byte of it lies outside of the window. */
static inline bool dma_find_entries(const struct host_window *window, const struct dma_range *range,
				    uint64_t *first, uint64_t *last)
{
	uint64_t offset = range->ioba.value - window->start.value, end = offset + range->length - 1;

	*first = offset >> window->geometry.page_shift;
	*last = end >> window->geometry.page_shift;
	/* An address before the window gives an offset beyond it, and a range that wraps an end before its offset. */
	return offset <= end && *last < window->geometry.entries;
}

#endif
