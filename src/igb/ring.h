/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings of descriptors in host memory. */
#ifndef STCE_IGB_RING_H
#define STCE_IGB_RING_H

#include "igb/card.h"

/* Copies the rings' registers for a batch; the function's lock is held. */
void igb_rings_take(struct igb *igb);

/* Counts the descriptors from `from` up to the tail. */
static inline uint32_t igb_ring_left(const struct igb_ring *ring, uint32_t from)
{
	return (ring->tail + ring->size - from) % ring->size;
}

static inline uint32_t igb_ring_after(const struct igb_ring *ring, uint32_t index, uint32_t count)
{
	return (index + count) % ring->size;
}

/*
 * Returns a copy of the descriptor at index, which must be before the tail, or NULL after a DMA
 * fault. A copy is read once and judged as it is.
 */
struct igb_descriptor *igb_descriptor_at(const struct igb_ring *ring, struct igb_fetched *fetched, uint32_t index);
/* Returns the copy of the descriptor behind that at `index` if there is one, or else NULL. */
const struct igb_descriptor *igb_descriptor_next(const struct igb_fetched *fetched, uint32_t index);
/* Forgets the copies before the new head. */
void igb_fetched_use(struct igb_fetched *fetched, uint32_t head);

#endif
