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

static int send_out(struct igb *igb, const struct iovec *part, unsigned int parts)
{
	return igb_has_link(igb) ? net_port_send(igb->port, part, parts) : -ENETDOWN;
}

/* A frame for another pool is given to it when the wire has taken it, or at once if it is for pools alone. */
static bool send_from_pool(struct igb *igb, const struct iovec *part, unsigned int parts, uint32_t length)
{
	unsigned int pool = igb_pool_of(igb->packet.queue);
	uint32_t pools;
	bool leaves;
	int r;

	igb_frame_join(igb, part, parts);
	if (igb_is_spoofed(igb, igb->packet.queue, igb->frame))
		return true;
	pools = igb_pools_switched(igb, pool, igb->frame, length, &leaves);
	r = leaves ? send_out(igb, part, parts) : 0;
	if (r == -EAGAIN)
		return false;
	if (!r) {
		igb_count_sent(igb, part[0].iov_base, length);
		igb_count_vf_sent(igb, pool, length);
	}
	igb_pools_store(igb, length, pools);
	return true;
}

bool igb_send_frame(struct igb *igb, struct iovec *part, unsigned int parts, uint32_t length)
{
	static const uint8_t zeros[IGB_FRAME_MIN];
	int r;

	if (length < IGB_FRAME_MIN) {
		part[parts++] = (struct iovec){ (void *)zeros, IGB_FRAME_MIN - length };
		length = IGB_FRAME_MIN;
	}
	if (igb_has_pools(igb) && !igb_is_looped(igb))
		return send_from_pool(igb, part, parts, length);
	if (igb_is_looped(igb)) {
		igb_rx_loop(igb, part, parts);
		igb_count_sent(igb, part[0].iov_base, length);
		return true;
	}
	r = send_out(igb, part, parts);
	if (r == -EAGAIN)
		return false;
	if (!r)
		igb_count_sent(igb, part[0].iov_base, length);
	return true;
}
