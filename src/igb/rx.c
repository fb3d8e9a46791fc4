/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes frames from the port, judges a copy of each, and gives those that are ours to the queue of
 * their hash, or to the pools that want them (rx_pool.c). rx_ring.c writes them to memory.
 *
 * A frame that finds no descriptor counts in RNBC. With flow control (CTRL.TFCE) the card pauses its
 * link partner then, so the frame stays in the port, and the far end waits for the port. A queue that
 * gets no descriptor for a while is no longer waited for, because its driver may have died, and the
 * far end may have other work. Without flow control, and then, the frame is dropped: MPC counts it. A
 * queue that drops by itself (SRRCTL) counts in RQDPC alone.
 */
#include "igb/rx.h"

#include <string.h>

#include "igb/filter.h"
#include "igb/rx_frame.h"
#include "igb/rx_pool.h"
#include "igb/rx_ring.h"
#include "igb/statistics.h"
#include "util/os.h"

static bool is_too_long(const struct igb *igb, uint32_t length)
{
	uint32_t most = IGB_FRAME_ORDINARY;

	if (igb_get(igb, IGB_RCTL) & IGB_RCTL_LPE)
		most = (uint32_t)min_u64(igb_get(igb, IGB_RLPML), IGB_FRAME_MAX);
	return igb_frame_is_above(igb, length, most);
}

/* A frame that is not kept for another reason than its addresses is told by the counters. */
static bool is_good(struct igb *igb, uint32_t length)
{
	if (!(igb_get(igb, IGB_RCTL) & IGB_RCTL_EN) || length < NET_FRAME_SIZE_MIN)
		return false;
	if (is_too_long(igb, length)) {
		igb_count(igb, IGB_ROC);
		return false;
	}
	return true;
}

static bool is_wanted(const struct igb *igb, const uint8_t *frame, uint32_t length)
{
	return igb_address_is_ours(igb, frame) &&
	       (!igb_frame_is_tagged(igb, frame, length) || igb_vlan_is_ours(igb, igb_frame_tag(frame)));
}

/* Returns whether the far end is paused for a queue without descriptors, and pauses it first if need be. */
static bool is_waited_for(struct igb *igb, struct igb_rx_queue *q)
{
	uint64_t now = os_now_ns();

	if (!q->starved_ns) {
		q->starved_ns = now;
		igb_count(igb, IGB_XOFFTXC);
	}
	return now - q->starved_ns < igb->hold_ns;
}

static void end_wait(struct igb *igb, struct igb_rx_queue *q)
{
	if (q->starved_ns)
		igb_count(igb, IGB_XONTXC);
	q->starved_ns = 0;
}

/* Stores the frame in igb->frame in the queue of its hash. Returns as receive(). */
static enum igb_stored store(struct igb *igb, uint32_t length, uint32_t wire, bool can_wait)
{
	const struct igb_frame_form form = {
		.keeps_fcs = !(igb_get(igb, IGB_RCTL) & IGB_RCTL_SECRC),
		.strips_tag = igb_get(igb, IGB_CTRL) & IGB_CTRL_VME,
	};
	struct igb_hash hash;
	struct igb_received r = igb_frame_describe(igb, length, &form, &hash);
	enum igb_stored result = igb_rx_store(igb, hash.queue, &r);

	switch (result) {
	case IGB_STORED_IT:
		igb_count_received(igb, r.frame, wire);
		end_wait(igb, &igb->rx[hash.queue]);
		break;
	case IGB_NO_ROOM:
		if (!can_wait || !igb->is_held)
			igb_count(igb, IGB_RNBC);
		if (can_wait && is_waited_for(igb, &igb->rx[hash.queue]))
			return IGB_NO_ROOM;
		igb_count(igb, IGB_MPC);
		return IGB_DROPPED;
	case IGB_DROPPED:
		break;
	}
	return result;
}

/*
 * The frame is in igb->frame. IGB_NO_ROOM: it must wait for a descriptor, which it never does for a
 * pool; IGB_DROPPED: there was none; IGB_STORED_IT: it was stored, or was not for this card.
 */
static enum igb_stored receive(struct igb *igb, uint32_t length, bool can_wait)
{
	uint32_t wire = length < IGB_FRAME_MIN ? IGB_FRAME_MIN : length;
	enum igb_stored result = IGB_STORED_IT;
	bool good = is_good(igb, length);

	if (good && igb_has_pools(igb))
		result = igb_pools_store(igb, length, igb_pools_of(igb, igb->frame, length));
	else if (good && is_wanted(igb, igb->frame, length))
		result = store(igb, length, wire, can_wait);
	if (result != IGB_NO_ROOM)
		igb_count_arrived(igb, wire);
	return result;
}

void igb_rx_loop(struct igb *igb, const struct iovec *part, unsigned int parts)
{
	receive(igb, igb_frame_join(igb, part, parts), false);
}

/* Returns whether the frame at the front has left the port. */
static bool take_frame(struct igb *igb, const void *bytes, uint32_t length)
{
	enum igb_stored result;

	memcpy(igb->frame, bytes, length);
	result = receive(igb, length, igb_get(igb, IGB_CTRL) & IGB_CTRL_TFCE);
	igb->is_held = result == IGB_NO_ROOM;
	if (igb->is_held)
		return false;
	if (result == IGB_DROPPED)
		net_port_miss(igb->port);
	else
		net_port_pop(igb->port);
	return true;
}

bool igb_rx_serve(struct igb *igb)
{
	unsigned int taken = 0;
	const void *bytes = NULL;
	uint32_t length;

	while (taken < IGB_BATCH && (bytes = net_port_peek(igb->port, &length))) {
		if (!take_frame(igb, bytes, length))
			break;
		taken++;
	}
	/* A frame that waited is gone if the far end is. */
	igb->is_held = igb->is_held && bytes;
	igb_rx_flush(igb);
	return taken;
}
