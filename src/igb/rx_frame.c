/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a receive descriptor says of a frame. The frame is in the card's own memory, where it gets its padding
 * and its FCS, and loses its tag.
 */
#include "igb/rx_frame.h"

#include <string.h>

#include "igb/frame.h"
#include "igb/sum.h"

static uint16_t tag_type(const struct igb *igb)
{
	return (uint16_t)igb_get(igb, IGB_VET);
}

bool igb_frame_is_tagged(const struct igb *igb, const uint8_t *frame, uint32_t length)
{
	return length >= IGB_MACS_SIZE + IGB_TAG_SIZE + 2 && igb_get16(frame + IGB_MACS_SIZE) == tag_type(igb);
}

bool igb_frame_is_above(const struct igb *igb, uint32_t length, uint32_t most)
{
	return length + IGB_FCS_SIZE > most + (igb_frame_is_tagged(igb, igb->frame, length) ? IGB_TAG_SIZE : 0);
}

uint16_t igb_frame_tag(const uint8_t *frame)
{
	return igb_get16(frame + IGB_MACS_SIZE + 2);
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
	if (h->protocol == IGB_PROTOCOL_UDP && is_ipv4 && !igb_get16(h->l4 + 6))
		return;
	r->status |= IGB_RX_L4CS | (h->protocol == IGB_PROTOCOL_UDP ? IGB_RX_UDPCS : 0);
	if (!igb_l4_is_right(h))
		r->status |= IGB_RX_L4E;
}

/* Takes the tag out of the frame, which then begins 4 bytes later. */
static uint8_t *strip_tag(uint8_t *frame, struct igb_received *r)
{
	r->tag = igb_get16(frame + IGB_MACS_SIZE + 2);
	r->status |= IGB_RX_VP;
	memmove(frame + IGB_TAG_SIZE, frame, IGB_MACS_SIZE);
	r->length -= IGB_TAG_SIZE;
	return frame + IGB_TAG_SIZE;
}

/* A frame on a wire is padded, and may be kept with its FCS. */
static uint32_t complete(uint8_t *frame, uint32_t length, bool keeps_fcs)
{
	struct le32 fcs;

	if (length < IGB_FRAME_MIN) {
		memset(frame + length, 0, IGB_FRAME_MIN - length);
		length = IGB_FRAME_MIN;
	}
	if (keeps_fcs) {
		fcs = le32_make(igb_crc32(frame, length));
		memcpy(frame + length, &fcs, sizeof(fcs));
		length += IGB_FCS_SIZE;
	}
	return length;
}

/* Counts the bytes up to the data of TCP or UDP, or else to that of IP. */
static uint16_t headers_of(const uint8_t *frame, const struct igb_headers *h)
{
	uint32_t l4 = 0;

	if (!h->ip)
		return 0;
	if (h->l4 && h->protocol == IGB_PROTOCOL_TCP)
		l4 = (h->l4[12] >> 4) * 4u;
	else if (h->l4 && h->protocol == IGB_PROTOCOL_UDP)
		l4 = 8;
	if (l4 > h->l4_size)
		return 0;
	return (uint16_t)((uint32_t)(h->ip - frame) + h->ip_size + l4);
}

struct igb_received igb_frame_describe(struct igb *igb, uint32_t length, const struct igb_frame_form *form,
				       struct igb_hash *hash)
{
	struct igb_received r = { 0 };
	uint8_t *frame = igb->frame;
	struct igb_headers h;

	r.length = complete(frame, length, form->keeps_fcs);
	if (form->strips_tag && igb_frame_is_tagged(igb, frame, length))
		frame = strip_tag(frame, &r);
	h = igb_parse(frame, length - (uint32_t)(frame - igb->frame), tag_type(igb));
	*hash = igb_hash_of(igb, &h);
	r.frame = frame;
	r.type = h.type;
	r.headers = headers_of(frame, &h);
	r.is_fragment = h.is_fragment;
	r.hash = hash->value;
	r.hash_kind = hash->kind;
	check_sums(igb, &h, &r);
	return r;
}

uint32_t igb_frame_join(struct igb *igb, const struct iovec *part, unsigned int parts)
{
	uint32_t length = 0;

	for (unsigned int i = 0; i < parts; i++) {
		memcpy(igb->frame + length, part[i].iov_base, part[i].iov_len);
		length += (uint32_t)part[i].iov_len;
	}
	return length;
}
