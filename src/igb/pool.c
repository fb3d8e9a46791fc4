/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An address filter names the pools that have the address, and a VLAN filter those that are in the VLAN.
 * VMOLR says for each pool which other frames it wants. A frame for several pools is given to each of them.
 */
#include "igb/pool.h"

#include "igb/filter.h"
#include "igb/frame.h"
#include "igb/rx_frame.h"

#define POOL_BITS ((1u << IGB_POOLS) - 1)

/* Returns the pools that have a bit of VMOLR. */
static uint32_t pools_with(const struct igb *igb, uint32_t bit)
{
	uint32_t pools = 0;

	for (unsigned int i = 0; i < IGB_POOLS; i++)
		if (igb_get(igb, IGB_VMOLR(i)) & bit)
			pools |= 1u << i;
	return pools;
}

static uint32_t pools_of_address(const struct igb *igb, const uint8_t *address)
{
	uint32_t pools = 0, high;
	unsigned int n = 0;

	while ((high = igb_address_high(igb, address, &n)))
		pools |= high >> IGB_RAH_POOL_SHIFT & POOL_BITS;
	return pools;
}

/* Returns the pools of the frame's VLAN. */
static uint32_t pools_of_vlan(const struct igb *igb, uint16_t tag)
{
	uint32_t pools = 0;

	for (unsigned int i = 0; i < IGB_VLVF_COUNT; i++) {
		uint32_t entry = igb_get(igb, IGB_VLVF(i));

		if (entry & IGB_VLVF_ENABLE && (entry & 0xfff) == (tag & 0xfff))
			pools |= entry >> IGB_VLVF_POOL_SHIFT & POOL_BITS;
	}
	return pools;
}

static uint32_t pools_of_multicast(const struct igb *igb, const uint8_t *to)
{
	uint32_t pools = pools_of_address(igb, to) | pools_with(igb, IGB_VMOLR_MPME);

	if (igb_is_broadcast(to))
		pools |= pools_with(igb, IGB_VMOLR_BAM);
	if (igb_is_in_table(igb, IGB_MTA, to))
		pools |= pools_with(igb, IGB_VMOLR_ROMPE);
	return pools;
}

static uint32_t pools_of_unicast(const struct igb *igb, const uint8_t *to)
{
	uint32_t pools = pools_of_address(igb, to);

	return !pools && igb_is_in_table(igb, IGB_UTA, to) ? pools_with(igb, IGB_VMOLR_ROPE) : pools;
}

static uint32_t in_vlan(const struct igb *igb, uint32_t pools, const uint8_t *frame, uint32_t length)
{
	if (!(igb_get(igb, IGB_RCTL) & IGB_RCTL_VFE))
		return pools;
	return pools & (igb_frame_is_tagged(igb, frame, length) ? pools_of_vlan(igb, igb_frame_tag(frame)) :
			pools_with(igb, IGB_VMOLR_AUPE));
}

uint32_t igb_pools_of(const struct igb *igb, const uint8_t *frame, uint32_t length)
{
	uint32_t control = igb_get(igb, IGB_VT_CTL);
	uint32_t pools = frame[0] & 1 ? pools_of_multicast(igb, frame) : pools_of_unicast(igb, frame);

	pools = in_vlan(igb, pools, frame, length);
	/* What no pool wants is for the default one, if there is one. */
	if (!pools && !(frame[0] & 1) && !(control & IGB_VT_CTL_NO_DEFAULT))
		pools = 1u << (control >> IGB_VT_CTL_POOL_SHIFT & (IGB_POOLS - 1));
	return pools & igb_get(igb, IGB_VFRE);
}

/* The default pool gets what comes from the wire alone. A pool gets its own frames if it asks for that. */
uint32_t igb_pools_switched(const struct igb *igb, unsigned int from, const uint8_t *frame, uint32_t length, bool *leaves)
{
	uint32_t control = igb_get(igb, IGB_DTXSWC), pools;

	*leaves = true;
	if (!(control & IGB_DTXSWC_LOOPBACK) || !(igb_get(igb, IGB_RCTL) & IGB_RCTL_EN))
		return 0;
	pools = frame[0] & 1 ? pools_of_multicast(igb, frame) : pools_of_address(igb, frame);
	pools = in_vlan(igb, pools, frame, length) & igb_get(igb, IGB_VFRE);
	if (!(control & IGB_DTXSWC_LOCAL(from)))
		pools &= ~(1u << from);
	*leaves = frame[0] & 1 || !pools;
	return pools;
}

bool igb_is_spoofed(struct igb *igb, unsigned int queue, const uint8_t *frame)
{
	unsigned int pool = igb_pool_of(queue);

	if (!(igb_get(igb, IGB_DTXSWC) & IGB_DTXSWC_SPOOF(pool)) ||
	    pools_of_address(igb, frame + IGB_MAC_SIZE) & 1u << pool)
		return false;
	*igb_reg(igb, IGB_WVBR) |= 1u << queue;
	return true;
}
