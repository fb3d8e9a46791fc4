/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads descriptors, several at once. The window of copies never wraps around the end of the ring,
 * and a descriptor that has been used is not read from it again: the driver may have replaced it.
 */
#include "igb/ring.h"

#include "igb/dma.h"
#include "igb/model.h"

static bool is_on(const struct igb *igb, uint32_t queue)
{
	return !igb->model->queues_have_enable || igb_get(igb, queue + IGB_QUEUE_DCTL) & IGB_DCTL_ENABLE;
}

/*
 * Returns the function that has the queue, or NULL while the queue is off because of its pool. `enabled` is VFRE or
 * VFTE. A virtual function works only if the physical one's driver has divided the queues into pools.
 */
static struct function *owner_of(struct igb *igb, unsigned int queue, uint32_t enabled)
{
	struct igb_vf *vf = igb_vf_of_queue(igb, queue);

	if (igb_has_pools(igb) ? !(igb_get(igb, enabled) >> igb_pool_of(queue) & 1) : vf != NULL)
		return NULL;
	return vf ? vf->fn : &igb->fn;
}

/* A ring whose head or tail lies outside it has no descriptors. */
static struct igb_ring ring_at(const struct igb *igb, uint32_t queue, struct function *fn, bool failed)
{
	struct igb_ring ring = {
		.fn = fn,
		.base = (uint64_t)igb_get(igb, queue + IGB_QUEUE_BAH) << 32 | igb_get(igb, queue + IGB_QUEUE_BAL),
		.size = igb_get(igb, queue + IGB_QUEUE_LEN) / IGB_DESCRIPTOR_SIZE,
		.head = igb_get(igb, queue + IGB_QUEUE_HEAD),
		.tail = igb_get(igb, queue + IGB_QUEUE_TAIL),
	};

	if (failed || !fn || !is_on(igb, queue) || ring.head >= ring.size || ring.tail >= ring.size)
		ring.size = 0;
	return ring;
}

void igb_rings_take(struct igb *igb)
{
	igb->tx_left = 0;
	for (unsigned int q = 0; q < IGB_QUEUES; q++) {
		const struct igb_ring *tx = &igb->tx[q].ring;

		igb->tx[q].ring = ring_at(igb, IGB_TX_QUEUE(q), owner_of(igb, q, IGB_VFTE), igb->tx[q].failed);
		igb->rx[q].ring = ring_at(igb, IGB_RX_QUEUE(q), owner_of(igb, q, IGB_VFRE), igb->rx[q].failed);
		if (tx->size && tx->head != tx->tail)
			igb->tx_left |= 1u << q;
	}
}

static bool has_copy(const struct igb_fetched *fetched, uint32_t index)
{
	return index >= fetched->first + fetched->used && index < fetched->first + fetched->count;
}

struct igb_descriptor *igb_descriptor_at(const struct igb_ring *ring, struct igb_fetched *fetched, uint32_t index)
{
	uint32_t count = igb_ring_left(ring, index);

	if (has_copy(fetched, index))
		return &fetched->entry[index - fetched->first];
	count = (uint32_t)min_u64(min_u64(count, ring->size - index), IGB_FETCH);
	*fetched = (struct igb_fetched){ .first = index };
	if (igb_dma_read(ring->fn, to_ioba(ring->base + (uint64_t)index * IGB_DESCRIPTOR_SIZE),
			      fetched->entry, (size_t)count * IGB_DESCRIPTOR_SIZE))
		return NULL;
	fetched->count = count;
	return &fetched->entry[0];
}

const struct igb_descriptor *igb_descriptor_next(const struct igb_fetched *fetched, uint32_t index)
{
	return has_copy(fetched, index + 1) ? &fetched->entry[index + 1 - fetched->first] : NULL;
}

void igb_fetched_use(struct igb_fetched *fetched, uint32_t head)
{
	if (head > fetched->first && head < fetched->first + fetched->count)
		fetched->used = head - fetched->first;
	else
		fetched->count = fetched->used = 0;
}
