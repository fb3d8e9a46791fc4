/* SPDX-License-Identifier: BSD-2-Clause */
/* The sizes of headers in a frame, and its addresses as the card's registers have them [82576 8.10.17, 8.10.18]. */
#ifndef STCE_IGB_FRAME_H
#define STCE_IGB_FRAME_H

#include "igb/card.h"

#define IGB_MACS_SIZE 12u    /* the two addresses, behind which a tag can be */
#define IGB_TAG_SIZE  4u
#define IGB_IPV4_SIZE 20u    /* without options */
#define IGB_IPV6_SIZE 40u

static inline uint16_t igb_get16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static inline bool igb_is_broadcast(const uint8_t *to)
{
	return (to[0] & to[1] & to[2] & to[3] & to[4] & to[5]) == 0xff;
}

/* Return an address as RAL and RAH have it, the latter without its other bits. */
static inline uint32_t igb_ral(const uint8_t *mac)
{
	return (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
}

static inline uint32_t igb_rah(const uint8_t *mac)
{
	return (uint32_t)mac[4] | (uint32_t)mac[5] << 8;
}

/* Returns where RAL of the n-th address filter is; RAH follows it. */
static inline uint32_t igb_filter_at(unsigned int n)
{
	return n < 16 ? IGB_RA + 8 * n : IGB_RA2 + 8 * (n - 16);
}

#endif
