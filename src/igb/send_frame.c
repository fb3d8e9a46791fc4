/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a frame goes that the card sends: to the port, to the card itself in a loop, or with pools to other
 * pools. A frame for the port and pools waits for the port first, so that no pool gets it twice.
 */
#include "igb/send_frame.h"

#include <errno.h>

#include "igb/rx.h"
#include "igb/rx_frame.h"
#include "igb/rx_pool.h"
#include "igb/statistics.h"

/* Counts a frame that has left its queue, for the pool that has sent it too. */
static void count(struct igb *igb, const struct iovec *part, uint32_t length)
{
	igb_count_sent(igb, part[0].iov_base, length);
	if (igb_has_pools(igb))
		igb_count_vf_sent(igb, igb_pool_of(igb->packet.queue), length);
}

/* Returns false if the port has no room. A frame that it does not take for another reason is lost. */
static bool send_to_port(struct igb *igb, const struct iovec *part, unsigned int parts, uint32_t length)
{
	int r = igb_has_link(igb) ? net_port_send(igb->port, part, parts) : -ENETDOWN;

	if (!r)
		count(igb, part, length);
	return r != -EAGAIN;
}

/* A frame for another pool is given to it when the wire has taken it, or at once if it is for pools alone. */
static bool send_from_pool(struct igb *igb, const struct iovec *part, unsigned int parts, uint32_t length)
{
	uint32_t pools;
	bool leaves;

	igb_frame_join(igb, part, parts);
	if (igb_is_spoofed(igb, igb->packet.queue, igb->frame))
		return true;
	pools = igb_pools_switched(igb, igb_pool_of(igb->packet.queue), igb->frame, length, &leaves);
	if (!leaves)
		count(igb, part, length);
	else if (!send_to_port(igb, part, parts, length))
		return false;
	igb_pools_store(igb, length, pools);
	return true;
}

bool igb_send_frame(struct igb *igb, struct iovec *part, unsigned int parts, uint32_t length)
{
	static const uint8_t zeros[IGB_FRAME_MIN];

	if (length < IGB_FRAME_MIN) {
		part[parts++] = (struct iovec){ (void *)zeros, IGB_FRAME_MIN - length };
		length = IGB_FRAME_MIN;
	}
	if (!igb_is_looped(igb))
		return igb_has_pools(igb) ? send_from_pool(igb, part, parts, length) :
					    send_to_port(igb, part, parts, length);
	igb_rx_loop(igb, part, parts);
	count(igb, part, length);
	return true;
}
