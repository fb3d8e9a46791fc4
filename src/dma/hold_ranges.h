/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The general way of a hold, for any number of ranges in several windows or in the bypass, of a PE that may be stopped
 * or watched. hold.c makes a hold of one range itself where it can.
 */
#ifndef STCE_DMA_HOLD_RANGES_H
#define STCE_DMA_HOLD_RANGES_H

#include "dma/hold.h"
#include "host/eeh_trigger.h"

/* Makes the hold that dma_hold() has initialised. The caller is inside the RCU read lock, which this leaves. */
int dma_hold_ranges(const struct dma_request *request, struct dma_hold *hold);

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

static inline void dma_leave_gates(struct dma_hold *hold)
{
	for (unsigned int i = 0; i < HOST_WINDOW_SLOTS; i++)
		if (hold->slot[i].gate)
			tce_gate_leave(hold->slot[i].gate, hold->slot[i].place);
	if (unlikely(hold->in_bypass))
		rcu_read_unlock();
}

#endif
