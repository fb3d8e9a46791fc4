/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts frames as the MAC of the card does: lengths include the FCS. A read clears a counter. Those
 * of 64 bits are pairs; the driver reads the lower word first, and each word is cleared by its own
 * read, so that a carry between the two reads is not lost.
 */
#include "igb/statistics.h"

#include "igb/frame.h"

static void count_bytes(struct igb *igb, uint32_t low, uint32_t length)
{
	uint32_t before = igb_get(igb, low);

	*igb_reg(igb, low) += length;
	if (igb_get(igb, low) < before)
		++*igb_reg(igb, low + 4);
}

/* There is one counter for each of 64, 65..127, 128..255, 256..511, 512..1023 and more bytes. */
static void count_size(struct igb *igb, uint32_t first, uint32_t length)
{
	static const uint32_t most[] = { 64, 127, 255, 511, 1023 };
	unsigned int i = 0;

	while (i < ARRAY_COUNT(most) && length > most[i])
		i++;
	igb_count(igb, first + 4 * i);
}

static void count_kind(struct igb *igb, const uint8_t *to, uint32_t multicast, uint32_t broadcast)
{
	if (to[0] & 1)
		igb_count(igb, igb_is_broadcast(to) ? broadcast : multicast);
}

void igb_count_sent(struct igb *igb, const uint8_t *to, uint32_t length)
{
	length += IGB_FCS_SIZE;
	igb_count(igb, IGB_TPT);
	igb_count(igb, IGB_GPTC);
	igb_count(igb, IGB_HGPTC);
	count_bytes(igb, IGB_TOTL, length);
	count_bytes(igb, IGB_GOTCL, length);
	count_bytes(igb, IGB_HGOTCL, length);
	count_size(igb, IGB_PTC64, length);
	count_kind(igb, to, IGB_MPTC, IGB_BPTC);
}

void igb_count_arrived(struct igb *igb, uint32_t length)
{
	igb_count(igb, IGB_TPR);
	count_bytes(igb, IGB_TORL, length + IGB_FCS_SIZE);
}

void igb_count_received(struct igb *igb, const uint8_t *to, uint32_t length)
{
	length += IGB_FCS_SIZE;
	igb_count(igb, IGB_GPRC);
	igb_count(igb, IGB_RPTHC);
	count_bytes(igb, IGB_GORCL, length);
	count_bytes(igb, IGB_HGORCL, length);
	count_size(igb, IGB_PRC64, length);
	count_kind(igb, to, IGB_MPRC, IGB_BPRC);
}

void igb_count_vf_sent(struct igb *igb, unsigned int pool, uint32_t length)
{
	if (pool >= igb->vfs)
		return;
	igb->vf[pool].count[IGB_VF_GPTC]++;
	igb->vf[pool].count[IGB_VF_GOTC] += length + IGB_FCS_SIZE;
}

void igb_count_vf_received(struct igb *igb, unsigned int pool, const uint8_t *to, uint32_t length)
{
	if (pool >= igb->vfs)
		return;
	igb->vf[pool].count[IGB_VF_GPRC]++;
	igb->vf[pool].count[IGB_VF_GORC] += length + IGB_FCS_SIZE;
	igb->vf[pool].count[IGB_VF_MPRC] += to[0] & 1 && !igb_is_broadcast(to);
}

uint32_t igb_statistics_read(struct igb *igb, uint32_t offset)
{
	uint32_t value = igb_get(igb, offset);

	*igb_reg(igb, offset) = 0;
	return value;
}
