/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters by address and VLAN, and receive-side scaling. pool.c owns the filters of pools.
 */
#include "igb/filter.h"

#include <string.h>

#include "igb/frame.h"
#include "igb/sum.h"

#define KEY_SIZE     40
#define IPV4_SOURCE  12
#define IPV6_SOURCE  8

uint32_t igb_address_high(const struct igb *igb, const uint8_t *to, unsigned int *n)
{
	uint32_t low = igb_ral(to), high = IGB_RAH_VALID | igb_rah(to);

	while (*n < IGB_RA_COUNT) {
		uint32_t at = igb_filter_at((*n)++);

		if (igb_get(igb, at) == low && (igb_get(igb, at + 4) & (IGB_RAH_VALID | 0xffff)) == high)
			return igb_get(igb, at + 4);
	}
	return 0;
}

static bool is_exact(const struct igb *igb, const uint8_t *to)
{
	unsigned int n = 0;

	return igb_address_high(igb, to, &n);
}

/* RCTL.MO chooses which 12 bits of the address count [8.10.15]. */
bool igb_is_in_table(const struct igb *igb, uint32_t table, const uint8_t *to)
{
	static const unsigned int shift[] = { 4, 3, 2, 0 };
	uint32_t bits = igb_rah(to) >> shift[igb_get(igb, IGB_RCTL) >> IGB_RCTL_MO_SHIFT & 3] & 0xfff;

	return igb_get(igb, table + 4 * (bits >> 5)) >> (bits & 31) & 1;
}

bool igb_address_is_ours(const struct igb *igb, const uint8_t *to)
{
	uint32_t rctl = igb_get(igb, IGB_RCTL);

	if (igb_is_broadcast(to))
		return rctl & (IGB_RCTL_BAM | IGB_RCTL_MPE) || is_exact(igb, to);
	if (to[0] & 1)
		return rctl & IGB_RCTL_MPE || igb_is_in_table(igb, IGB_MTA, to) || is_exact(igb, to);
	return rctl & IGB_RCTL_UPE || is_exact(igb, to);
}

bool igb_vlan_is_ours(const struct igb *igb, uint16_t tag)
{
	unsigned int id = tag & 0xfff;

	return !(igb_get(igb, IGB_RCTL) & IGB_RCTL_VFE) || igb_get(igb, IGB_VFTA + 4 * (id >> 5)) >> (id & 31) & 1;
}

struct hash_kind {
	uint32_t enabled;          /* by this bit of MRQC */
	uint8_t kind;
	uint8_t protocol;          /* 0: any */
	bool is_ipv4;
};

/* The most specific comes first. */
static const struct hash_kind kinds[] = {
	{ IGB_MRQC_TCP_IPV4, 1, IGB_PROTOCOL_TCP, true },
	{ IGB_MRQC_UDP_IPV4, 7, IGB_PROTOCOL_UDP, true },
	{ IGB_MRQC_IPV4, 2, 0, true },
	{ IGB_MRQC_TCP_IPV6, 3, IGB_PROTOCOL_TCP, false },
	{ IGB_MRQC_UDP_IPV6, 8, IGB_PROTOCOL_UDP, false },
	{ IGB_MRQC_IPV6, 5, 0, false },
};

static const struct hash_kind *kind_of(uint32_t mrqc, const struct igb_headers *h)
{
	bool is_ipv4 = h->ip[0] >> 4 == 4;

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (mrqc & kinds[i].enabled && kinds[i].is_ipv4 == is_ipv4 &&
		    (!kinds[i].protocol || (h->l4 && h->protocol == kinds[i].protocol)))
			return &kinds[i];
	return NULL;
}

static uint32_t hash(const struct igb *igb, const struct igb_headers *h, const struct hash_kind *kind)
{
	uint8_t key[KEY_SIZE], text[36];
	size_t size = kind->is_ipv4 ? 8 : 32;

	for (unsigned int i = 0; i < KEY_SIZE; i++)
		key[i] = (uint8_t)(igb_get(igb, IGB_RSSRK + (i & ~3u)) >> 8 * (i & 3));
	memcpy(text, h->ip + (kind->is_ipv4 ? IPV4_SOURCE : IPV6_SOURCE), size);
	if (kind->protocol) {
		memcpy(text + size, h->l4, 4);
		size += 4;
	}
	return igb_toeplitz(key, text, size);
}

/* Frames without a hash go to queue 0 [7.1.2.8]. */
struct igb_hash igb_hash_of(const struct igb *igb, const struct igb_headers *h)
{
	uint32_t mrqc = igb_get(igb, IGB_MRQC), mode = mrqc & IGB_MRQC_MODE, index;
	const struct hash_kind *kind = NULL;
	struct igb_hash result = { 0 };

	if ((mode == IGB_MRQC_RSS || mode == IGB_MRQC_VMDQ_RSS) && h->ip)
		kind = kind_of(mrqc, h);
	if (!kind)
		return result;
	result.kind = kind->kind;
	result.value = hash(igb, h, kind);
	index = result.value & 127;
	result.queue = igb_get(igb, IGB_RETA + (index & ~3u)) >> 8 * (index & 3) & (IGB_QUEUES - 1);
	return result;
}
