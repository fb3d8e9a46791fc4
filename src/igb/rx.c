/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes frames from the port, judges a copy of each, and gives those that are ours to the queue of
 * their hash. rx_ring.c writes them to memory.
 *
 * A frame that finds no descriptor counts in RNBC. With flow control (CTRL.TFCE) the card pauses its
 * link partner then, so the frame stays in the port, and the far end waits for the port. A queue that
 * gets no descriptor for a while is no longer waited for, because its driver may have died, and the
 * far end may have other work. Without flow control, and then, the frame is dropped: MPC counts it. A
 * queue that drops by itself (SRRCTL) counts in RQDPC alone.
 */
#include "igb/rx.h"

#include <errno.h>
#include <string.h>

#include "igb/filter.h"
#include "igb/rx_ring.h"
#include "igb/statistics.h"
#include "igb/sum.h"
#include "util/os.h"

#define MACS_SIZE      12u
#define TAG_SIZE       4u
#define ORDINARY_MAX   1518u     /* with FCS, without a tag */

static uint16_t get16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static uint16_t tag_type(const struct igb *igb)
{
	return (uint16_t)igb_get(igb, IGB_VET);
}

static bool is_tagged(const struct igb *igb, const uint8_t *frame, uint32_t length)
{
	return length >= MACS_SIZE + TAG_SIZE + 2 && get16(frame + MACS_SIZE) == tag_type(igb);
}

static bool is_too_long(const struct igb *igb, uint32_t length, bool tagged)
{
	uint32_t most = ORDINARY_MAX;

	if (igb_get(igb, IGB_RCTL) & IGB_RCTL_LPE)
		most = (uint32_t)min_u64(igb_get(igb, IGB_RLPML), IGB_FRAME_MAX);
	return length + IGB_FCS_SIZE > most + (tagged ? TAG_SIZE : 0);
}

/* Fills in what the card says about checksums [7.1.11]. */
static void check_sums(const struct igb *igb, const struct igb_headers *h, struct igb_received *r)
{
	uint32_t wanted = igb_get(igb, IGB_RXCSUM);
	bool is_ipv4 = h->ip && h->ip[0] >> 4 == 4;

	if (is_ipv4 && wanted & IGB_RXCSUM_IPOFL)
		r->status |= IGB_RX_IPCS | (igb_ip_is_right(h) ? 0 : IGB_RX_IPE);
	if (!h->l4 || !(wanted & (h->protocol == IGB_PROTOCOL_SCTP ? IGB_RXCSUM_CRCOFL : IGB_RXCSUM_TUOFL)))
		return;
	/* UDP without a checksum was not checked. */
	if (h->protocol == IGB_PROTOCOL_UDP && is_ipv4 && !get16(h->l4 + 6))
		return;
	r->status |= IGB_RX_L4CS | (h->protocol == IGB_PROTOCOL_UDP ? IGB_RX_UDPCS : 0);
	if (!igb_l4_is_right(h))
		r->status |= IGB_RX_L4E;
}

/* Takes the tag out of the frame, which then begins 4 bytes later. */
static uint8_t *strip_tag(uint8_t *frame, struct igb_received *r)
{
	r->tag = get16(frame + MACS_SIZE + 2);
	r->status |= IGB_RX_VP;
	memmove(frame + TAG_SIZE, frame, MACS_SIZE);
	r->length -= TAG_SIZE;
	return frame + TAG_SIZE;
}

/* A frame on a wire is padded, and may be kept with its FCS. */
static uint32_t complete(const struct igb *igb, uint8_t *frame, uint32_t length)
{
	struct le32 fcs;

	if (length < IGB_FRAME_MIN) {
		memset(frame + length, 0, IGB_FRAME_MIN - length);
		length = IGB_FRAME_MIN;
	}
	if (!(igb_get(igb, IGB_RCTL) & IGB_RCTL_SECRC)) {
		fcs = le32_make(igb_crc32(frame, length));
		memcpy(frame + length, &fcs, sizeof(fcs));
		length += IGB_FCS_SIZE;
	}
	return length;
}

static bool is_wanted(struct igb *igb, const uint8_t *frame, uint32_t length)
{
	bool tagged = is_tagged(igb, frame, length);

	if (!(igb_get(igb, IGB_RCTL) & IGB_RCTL_EN) || length < NET_FRAME_SIZE_MIN)
		return false;
	if (is_too_long(igb, length, tagged)) {
		igb_count(igb, IGB_ROC);
		return false;
	}
	return igb_address_is_ours(igb, frame) &&
	       (!tagged || igb_vlan_is_ours(igb, get16(frame + MACS_SIZE + 2)));
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

/*
 * The frame is in igb->frame. IGB_NO_ROOM: it must wait for a descriptor; IGB_DROPPED: there was
 * none; IGB_STORED_IT: it was stored, or was not for this card.
 */
static enum igb_stored receive(struct igb *igb, uint32_t length, bool can_wait)
{
	enum igb_stored result = IGB_STORED_IT;
	struct igb_received r = { 0 };
	uint8_t *frame = igb->frame;
	uint32_t wire = length < IGB_FRAME_MIN ? IGB_FRAME_MIN : length;
	struct igb_headers h;
	struct igb_hash hash;

	if (is_wanted(igb, frame, length)) {
		r.length = complete(igb, frame, length);
		if (is_tagged(igb, frame, length) && igb_get(igb, IGB_CTRL) & IGB_CTRL_VME)
			frame = strip_tag(frame, &r);
		h = igb_parse(frame, length - (uint32_t)(frame - igb->frame), tag_type(igb));
		hash = igb_hash_of(igb, &h);
		r.frame = frame;
		r.type = h.type;
		r.hash = hash.value;
		r.hash_kind = hash.kind;
		check_sums(igb, &h, &r);
		result = igb_rx_store(igb, hash.queue, &r);
		switch (result) {
		case IGB_STORED_IT:
			igb_count_received(igb, frame, wire);
			end_wait(igb, &igb->rx[hash.queue]);
			break;
		case IGB_NO_ROOM:
			if (!can_wait || !igb->is_held)
				igb_count(igb, IGB_RNBC);
			if (can_wait && is_waited_for(igb, &igb->rx[hash.queue]))
				return IGB_NO_ROOM;
			igb_count(igb, IGB_MPC);
			result = IGB_DROPPED;
			break;
		case IGB_DROPPED:
			break;
		}
	}
	igb_count_arrived(igb, wire);
	return result;
}

void igb_rx_loop(struct igb *igb, const struct iovec *part, unsigned int parts)
{
	uint32_t length = 0;

	for (unsigned int i = 0; i < parts; i++) {
		memcpy(igb->frame + length, part[i].iov_base, part[i].iov_len);
		length += (uint32_t)part[i].iov_len;
	}
	receive(igb, length, false);
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
