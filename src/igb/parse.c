/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses Ethernet, IPv4, IPv6 with extension headers, TCP, UDP and SCTP. A header that does not fit
 * into the frame, or contradicts itself, is no header.
 */
#include "igb/parse.h"

#include <string.h>

#include "igb/frame.h"
#include "igb/sum.h"

#define ETHER_SIZE 14u
#define TYPE_IPV4  0x0800
#define TYPE_IPV6  0x86dd
#define HOP_BY_HOP 0
#define ROUTING    43
#define FRAGMENT   44
#define OPTIONS    60

static void parse_ipv4(struct igb_headers *h, const uint8_t *ip, uint32_t length)
{
	uint32_t size, total;

	if (length < IGB_IPV4_SIZE || ip[0] >> 4 != 4)
		return;
	size = (ip[0] & 15u) * 4;
	total = igb_get16(ip + 2);
	if (size < IGB_IPV4_SIZE || total < size || total > length)
		return;
	h->ip = ip;
	h->ip_size = size;
	h->type = size > IGB_IPV4_SIZE ? IGB_RX_TYPE_IPV4E : IGB_RX_TYPE_IPV4;
	h->is_fragment = igb_get16(ip + 6) & 0x3fff;
	h->protocol = ip[9];
	h->l4_size = total - size;
}

/* Follows the extension headers, as far as they lie in the packet. */
static void parse_ipv6(struct igb_headers *h, const uint8_t *ip, uint32_t length)
{
	uint32_t at = IGB_IPV6_SIZE, total;
	uint8_t next;

	if (length < IGB_IPV6_SIZE || ip[0] >> 4 != 6)
		return;
	total = IGB_IPV6_SIZE + igb_get16(ip + 4);
	if (total > length)
		return;
	next = ip[6];
	while ((next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == OPTIONS) && total - at >= 8) {
		uint32_t size = next == FRAGMENT ? 8 : (ip[at + 1] + 1u) * 8;

		if (total - at < size)
			return;
		h->is_fragment |= next == FRAGMENT;
		next = ip[at];
		at += size;
	}
	h->ip = ip;
	h->ip_size = at;
	h->type = at > IGB_IPV6_SIZE ? IGB_RX_TYPE_IPV6E : IGB_RX_TYPE_IPV6;
	h->protocol = next;
	h->l4_size = total - at;
}

static void parse_l4(struct igb_headers *h)
{
	static const struct {
		uint8_t protocol, least;
		uint16_t type;
	} kinds[] = {
		{ IGB_PROTOCOL_TCP, 20, IGB_RX_TYPE_TCP },
		{ IGB_PROTOCOL_UDP, 8, IGB_RX_TYPE_UDP },
		{ IGB_PROTOCOL_SCTP, 12, IGB_RX_TYPE_SCTP },
	};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		if (kinds[i].protocol != h->protocol || h->l4_size < kinds[i].least)
			continue;
		h->l4 = h->ip + h->ip_size;
		h->type |= kinds[i].type;
	}
}

struct igb_headers igb_parse(const uint8_t *frame, uint32_t length, uint16_t tag)
{
	struct igb_headers h = { 0 };
	uint32_t at = ETHER_SIZE;

	if (length < ETHER_SIZE + IGB_TAG_SIZE)
		return h;
	if (igb_get16(frame + at - 2) == tag)
		at += IGB_TAG_SIZE;
	if (igb_get16(frame + at - 2) == TYPE_IPV4)
		parse_ipv4(&h, frame + at, length - at);
	else if (igb_get16(frame + at - 2) == TYPE_IPV6)
		parse_ipv6(&h, frame + at, length - at);
	if (h.ip && !h.is_fragment)
		parse_l4(&h);
	return h;
}

bool igb_ip_is_right(const struct igb_headers *h)
{
	return igb_sum(h->ip, h->ip_size) == 0xffff;
}

static bool sctp_is_right(const struct igb_headers *h)
{
	/* The sum counts as 0 in itself, so it is taken over a copy of the header. */
	uint8_t copy[65536];
	const uint8_t *sum = h->l4 + 8;

	memcpy(copy, h->l4, h->l4_size);
	memset(copy + 8, 0, 4);
	return igb_crc32c(copy, h->l4_size) ==
	       ((uint32_t)sum[3] << 24 | (uint32_t)sum[2] << 16 | (uint32_t)sum[1] << 8 | sum[0]);
}

static uint16_t pseudo_header(const struct igb_headers *h)
{
	bool is_ipv4 = h->ip[0] >> 4 == 4;
	uint16_t sum = is_ipv4 ? igb_sum(h->ip + 12, 8) : igb_sum(h->ip + 8, 32);

	return igb_sum_add(igb_sum_add(sum, igb_sum_of(h->protocol)), igb_sum_of(h->l4_size));
}

/* UDP over IPv4 without a checksum has 0 there, which is right. */
bool igb_l4_is_right(const struct igb_headers *h)
{
	if (h->protocol == IGB_PROTOCOL_SCTP)
		return sctp_is_right(h);
	if (h->protocol == IGB_PROTOCOL_UDP && !igb_get16(h->l4 + 6))
		return true;
	return igb_sum_add(pseudo_header(h), igb_sum(h->l4, h->l4_size)) == 0xffff;
}
