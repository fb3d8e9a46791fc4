/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes frames of a packet: checksums [82576 7.2.5], segments [7.2.4] and the VLAN tag. The headers
 * are where the context descriptor says, and everything is checked against the packet's length
 * before it is used. The driver has put the sum of the pseudo header into the checksum's field,
 * for segments without the length.
 */
#include "igb/send.h"

#include <errno.h>
#include <string.h>

#include "igb/frame.h"
#include "igb/model.h"
#include "igb/send_frame.h"
#include "igb/sum.h"

#define TCP_FLAGS_LAST 0xfffu

static bool is_segmented(const struct igb_packet *p)
{
	return p->command & IGB_TX_DEXT && p->command & IGB_TX_TSE;
}

static void put16(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void put32(uint8_t *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to + 2, value);
}

static uint32_t get32(const uint8_t *from)
{
	return (uint32_t)igb_get16(from) << 16 | igb_get16(from + 2);
}

static void put_sum(uint8_t *to, uint16_t sum)
{
	memcpy(to, &sum, sizeof(sum));
}

static void ip_checksum(uint8_t *ip, uint32_t size)
{
	put16(ip + 10, 0);
	put_sum(ip + 10, (uint16_t)~igb_sum(ip, size));
}

static bool has_room(const struct igb_packet *p, uint32_t start, uint32_t size)
{
	return start >= IGB_MACS_SIZE + 2 && start <= p->length && size <= p->length - start;
}

/* UDP has no checksum of 0 [RFC 768]. */
static uint16_t sum_to_send(uint16_t sum, uint32_t kind)
{
	uint16_t value = (uint16_t)~sum;

	return kind == IGB_TX_L4_UDP && !value ? 0xffff : value;
}

/* The sum of the L4 header and what follows it ends where the context says. */
static uint32_t l4_size(const struct igb_packet *p)
{
	uint32_t end = p->layout.l4_end;

	return (end > p->layout.l4 && end < p->length ? end : p->length) - p->layout.l4;
}

static bool offload_advanced(struct igb *igb)
{
	const struct igb_packet *p = &igb->packet;
	const struct igb_layout *h = &p->layout;
	uint8_t *l4 = igb->data + h->l4;

	if (p->options & IGB_TX_IXSM && h->is_ipv4) {
		if (h->ip_size < IGB_IPV4_SIZE || !has_room(p, h->ip, h->ip_size))
			return false;
		ip_checksum(igb->data + h->ip, h->ip_size);
	}
	if (!(p->options & IGB_TX_TXSM))
		return true;
	if (!has_room(p, h->l4, h->l4_least))
		return false;
	if (h->kind == IGB_TX_L4_SCTP) {
		struct le32 crc = le32_make(0);

		memcpy(l4 + h->checksum, &crc, sizeof(crc));
		crc = le32_make(igb_crc32c(l4, l4_size(p)));
		memcpy(l4 + h->checksum, &crc, sizeof(crc));
	} else {
		put_sum(l4 + h->checksum, sum_to_send(igb_sum(l4, l4_size(p)), h->kind));
	}
	return true;
}

/* A legacy descriptor says where the sum starts and where it goes [7.2.2.1]. */
static bool offload_legacy(struct igb *igb)
{
	const struct igb_packet *p = &igb->packet;
	uint32_t start = p->options >> 8 & 0xff, to = p->command >> 16 & 0xff;

	if (!(p->command & IGB_TX_IC))
		return true;
	if (start >= p->length || to + 2 > p->length)
		return false;
	put_sum(igb->data + to, (uint16_t)~igb_sum(igb->data + start, p->length - start));
	return true;
}

static bool can_be_segmented(const struct igb_packet *p)
{
	const struct igb_layout *h = &p->layout;
	uint32_t ip_least = h->is_ipv4 ? IGB_IPV4_SIZE : IGB_IPV6_SIZE, l4_size = h->payload - h->l4;

	/* The sum of the payload is added to that of a header, which must therefore be even. */
	return h->mss && !(l4_size & 1) && h->kind != IGB_TX_L4_SCTP && h->ip_size >= ip_least && l4_size >= h->l4_least &&
	       has_room(p, h->ip, h->payload - h->ip) && h->payload + h->mss + IGB_FCS_SIZE <= IGB_FRAME_MAX;
}

/* A driver that makes the FCS itself has put it at the end; ports carry none. */
static bool drop_fcs(struct igb_packet *p)
{
	if (p->command & IGB_TX_IFCS || is_segmented(p))
		return true;
	if (p->length <= IGB_FCS_SIZE)
		return false;
	p->length -= IGB_FCS_SIZE;
	return true;
}

/* Returns whether the packet is a frame, for the port alone, to which nothing is to be done. */
static bool is_plain(const struct igb *igb, const struct igb_packet *p)
{
	uint32_t offloads = p->command & IGB_TX_DEXT ? p->options & (IGB_TX_IXSM | IGB_TX_TXSM) :
						       p->command & IGB_TX_IC;

	return !offloads && !is_segmented(p) && p->command & IGB_TX_IFCS && !(p->command & IGB_TX_VLE) &&
	       p->length >= IGB_FRAME_MIN && p->length <= IGB_FRAME_MAX - IGB_FCS_SIZE &&
	       !igb_has_pools(igb) && !igb_is_looped(igb) && igb_has_link(igb);
}

void *igb_send_room(struct igb *igb)
{
	return is_plain(igb, &igb->packet) ? net_port_room(igb->port, igb->packet.length) : NULL;
}

bool igb_send_begin(struct igb *igb)
{
	struct igb_packet *p = &igb->packet;

	igb->model->lay_out(&p->context, &p->layout);
	if (!p->has_tag)
		p->tag = p->layout.tag;
	if (is_segmented(p)) {
		++*igb_reg(igb, can_be_segmented(p) ? IGB_TSCTC : IGB_TSCTFC);
		return can_be_segmented(p);
	}
	if (!drop_fcs(p) || p->length < NET_FRAME_SIZE_MIN || p->length > IGB_FRAME_MAX - IGB_FCS_SIZE)
		return false;
	return p->command & IGB_TX_DEXT ? offload_advanced(igb) : offload_legacy(igb);
}

bool igb_send_is_done(const struct igb *igb)
{
	const struct igb_packet *p = &igb->packet;

	return p->sent && p->sent >= (is_segmented(p) ? p->length - p->layout.payload : p->length);
}

/* Sends `head` bytes and then `size` bytes of the payload, with the tag if there is one. */
static bool send_tagged(struct igb *igb, uint8_t *head, uint32_t head_size, uint8_t *payload, uint32_t size)
{
	const struct igb_packet *p = &igb->packet;
	uint8_t tag[IGB_TAG_SIZE];
	struct iovec part[5];
	unsigned int n = 0;
	uint32_t length = head_size + size;

	if (p->command & IGB_TX_VLE) {
		put16(tag, igb_get(igb, IGB_VET) & 0xffff);
		put16(tag + 2, p->tag);
		part[n++] = (struct iovec){ head, IGB_MACS_SIZE };
		part[n++] = (struct iovec){ tag, IGB_TAG_SIZE };
		head += IGB_MACS_SIZE;
		head_size -= IGB_MACS_SIZE;
		length += IGB_TAG_SIZE;
	}
	part[n++] = (struct iovec){ head, head_size };
	if (size)
		part[n++] = (struct iovec){ payload, size };
	return igb_send_frame(igb, part, n, length);
}

/* Flags of TCP that only the first, or only the last segment may have [8.12.7]. */
static uint32_t flags_mask(struct igb *igb, bool is_first, bool is_last)
{
	uint32_t low = igb_get(igb, IGB_DTXTCPFLGL);
	uint32_t mask = is_first && is_last ? TCP_FLAGS_LAST : is_first ? low :
			is_last ? igb_get(igb, IGB_DTXTCPFLGH) : low >> 16;

	return mask & TCP_FLAGS_LAST;
}

static void make_ip(uint8_t *ip, const struct igb_layout *h, uint32_t number, uint32_t l4_size)
{
	if (!h->is_ipv4) {
		put16(ip + 4, h->ip_size - IGB_IPV6_SIZE + l4_size);
		return;
	}
	put16(ip + 2, h->ip_size + l4_size);
	put16(ip + 4, igb_get16(ip + 4) + number);
	ip_checksum(ip, h->ip_size);
}

/* Makes the headers of the segment in hand from the packet's. */
static void make_headers(struct igb *igb, uint8_t *to, const struct igb_layout *h, uint32_t size, bool is_last)
{
	const struct igb_packet *p = &igb->packet;
	uint32_t l4_size = h->payload - h->l4 + size, number = p->sent / h->mss;
	uint8_t *l4 = to + h->l4;
	uint16_t sum;

	memcpy(to, igb->data, h->payload);
	make_ip(to + h->ip, h, number, l4_size);
	if (h->kind == IGB_TX_L4_TCP) {
		put32(l4 + 4, get32(l4 + 4) + p->sent);
		put16(l4 + 12, igb_get16(l4 + 12) & (0xf000 | flags_mask(igb, !number, is_last)));
	} else {
		put16(l4 + 4, l4_size);
	}
	sum = igb_sum_add(igb_sum(l4, h->payload - h->l4), igb_sum_of(l4_size));
	sum = igb_sum_add(sum, igb_sum(igb->data + h->payload + p->sent, size));
	put_sum(l4 + h->checksum, sum_to_send(sum, h->kind));
}

static bool send_segment(struct igb *igb)
{
	struct igb_packet *p = &igb->packet;
	const struct igb_layout *h = &p->layout;
	uint32_t left = p->length - h->payload - p->sent;
	uint32_t size = left < h->mss ? left : h->mss;
	uint8_t head[0x80 + 0x200 + 0x100];

	make_headers(igb, head, h, size, size == left);
	if (!send_tagged(igb, head, h->payload, igb->data + h->payload + p->sent, size))
		return false;
	p->sent += size;
	if (!left)
		p->sent = 1;
	return true;
}

bool igb_send(struct igb *igb, unsigned int *budget)
{
	struct igb_packet *p = &igb->packet;

	if (!is_segmented(p)) {
		if (!send_tagged(igb, igb->data, p->length, NULL, 0))
			return false;
		p->sent = p->length;
		--*budget;
		return true;
	}
	while (*budget && !igb_send_is_done(igb)) {
		if (!send_segment(igb))
			return false;
		--*budget;
	}
	return true;
}
