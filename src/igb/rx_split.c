/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue that splits puts the headers of a packet into a buffer of their own, if PSRTYPE names their kind. A queue
 * that always uses the header buffer puts the start of every other frame there, too. Replication is not there: a
 * queue that asks for it has one buffer.
 */
#include "igb/rx_split.h"

#define SPLIT        2u
#define SPLIT_ALWAYS 5u
#define UNIT         64u               /* of BSIZEHEADER */

/* Returns the bit of PSRTYPE for a packet with these headers [8.10.3]. */
static uint32_t kind(uint16_t type)
{
	unsigned int ip = type & (IGB_RX_TYPE_IPV6 | IGB_RX_TYPE_IPV6E) ? 7 : 1;

	return 1u << (type & IGB_RX_TYPE_TCP ? ip + 1 : type & IGB_RX_TYPE_UDP ? ip + 2 : ip);
}

/* One register is for the two queues of a pool. */
static bool is_decoded(const struct igb *igb, unsigned int queue, const struct igb_received *r)
{
	if (!r->headers || (r->is_fragment && igb_get(igb, IGB_RFCTL) & IGB_RFCTL_IPFRSP_DIS))
		return false;
	return igb_get(igb, IGB_PSRTYPE(queue % IGB_POOLS)) & kind(r->type);
}

static struct igb_split whole(uint32_t size)
{
	return (struct igb_split){ .size = size, .first = size << IGB_RX_HEADER_SHIFT };
}

struct igb_split igb_rx_split(const struct igb *igb, unsigned int queue, const struct igb_received *r)
{
	uint32_t srrctl = igb_get(igb, IGB_RX_QUEUE(queue) + IGB_QUEUE_SRRCTL);
	uint32_t type = srrctl >> IGB_SRRCTL_TYPE_SHIFT & 7, most = (srrctl >> IGB_SRRCTL_HEADER_SHIFT & 15) * UNIT;
	struct igb_split split = { 0 };

	if (type != SPLIT && type != SPLIT_ALWAYS)
		return split;
	if (type == SPLIT_ALWAYS && r->length <= most)
		return whole(r->length);
	if (!is_decoded(igb, queue, r))
		return type == SPLIT_ALWAYS ? whole(most) : split;
	split.first = IGB_RX_SPH | (uint32_t)r->headers << IGB_RX_HEADER_SHIFT;
	if (r->headers <= most) {
		split.size = r->headers;
	} else {
		split.status = IGB_RX_HBO;
		split.size = type == SPLIT_ALWAYS ? most : 0;
	}
	return split;
}
