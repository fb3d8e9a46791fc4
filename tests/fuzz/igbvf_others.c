/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * If the host drives the card, mail changes filters, but none that another virtual function has; and the host writes mail
 * to all when the link comes.
 */
#include "igbvf_others.h"

#include "fuzz.h"

static const struct {
	uint32_t first, words;
} card_registers[] = {
	{ IGB_CTRL_EXT, 1 }, { IGB_RCTL, 1 }, { IGB_TCTL, 1 }, { IGB_MRQC, 1 }, { IGB_VT_CTL, 1 }, { IGB_DTXSWC, 1 },
	{ IGB_MBVFIMR, 1 }, { IGB_VFTA, 128 }, { IGB_UTA, 128 }, { IGB_RETA, 32 }, { IGB_RSSRK, 10 }, { IGB_GPIE, 1 },
	{ IGB_IVAR(0), 8 },
};

static const struct {
	uint32_t first, words;
} filters[] = { { IGB_RA, 32 }, { IGB_RA2, 16 }, { IGB_VLVF(0), IGB_VLVF_COUNT }, { IGB_MTA, IGB_MTA_COUNT } };

static void add(struct others *o, uint32_t word)
{
	FUZZ_CHECK(o->count < ARRAY_COUNT(o->word));
	o->word[o->count++] = word;
}

static void add_words(struct others *o, const struct igb *igb, uint32_t first, uint32_t words)
{
	for (uint32_t i = 0; i < words; i++)
		add(o, igb_get(igb, first + 4 * i));
}

/* Where the worker keeps its place, a queue's head, is not among these. */
static void add_queue(struct others *o, const struct igb *igb, uint32_t base)
{
	static const uint32_t offset[] = { IGB_QUEUE_BAL, IGB_QUEUE_BAH, IGB_QUEUE_LEN, IGB_QUEUE_SRRCTL, IGB_QUEUE_TAIL };

	for (unsigned int i = 0; i < ARRAY_COUNT(offset); i++)
		add(o, igb_get(igb, base + offset[i]));
	add(o, igb_get(igb, base + IGB_QUEUE_DCTL) & IGB_DCTL_ENABLE);
}

static void add_pool(struct others *o, const struct igb *igb, unsigned int pool)
{
	for (unsigned int q = pool; q < IGB_QUEUES; q += IGB_VFS) {
		add_queue(o, igb, IGB_RX_QUEUE(q));
		add_queue(o, igb, IGB_TX_QUEUE(q));
	}
	add_words(o, igb, IGB_EITR(IGB_VF_VECTOR(pool)), IGB_VF_VECTORS);
	add(o, igb_get(igb, IGB_PSRTYPE(pool)));
	add(o, igb_get(igb, IGB_VMOLR(pool)));
	add(o, igb->vf[pool].ivar);
	add(o, igb->vf[pool].ivar_misc);
	if (!igb->host)
		add_words(o, igb, IGB_VMBMEM(pool), IGB_VMBMEM_SIZE / 4);
}

/* An address that several pools have, and what is not in them, is the others' too. */
static void add_address(struct others *o, const struct igb *igb, uint32_t low, uint32_t not_mine)
{
	uint32_t pools = igb_get(igb, low + 4) & not_mine << IGB_RAH_POOL_SHIFT;

	add(o, pools);
	add(o, pools ? igb_get(igb, low) : 0);
	add(o, pools ? igb_get(igb, low + 4) & 0xffff : 0);
}

static void add_filters_of_host(struct others *o, const struct igb *igb, uint32_t not_mine)
{
	for (unsigned int i = 0; i < 16; i++)
		add_address(o, igb, IGB_RA + 8 * i, not_mine);
	for (unsigned int i = 0; i < 8; i++)
		add_address(o, igb, IGB_RA2 + 8 * i, not_mine);
	for (unsigned int i = 0; i < IGB_VLVF_COUNT; i++) {
		uint32_t entry = igb_get(igb, IGB_VLVF(i)), pools = entry & not_mine << IGB_VLVF_POOL_SHIFT;

		add(o, pools ? pools | (entry & 0xfff) : 0);
	}
}

void others_note(struct others *o, const struct igb *igb, unsigned int n)
{
	uint32_t not_mine = ((1u << IGB_VFS) - 1) & ~(1u << n);

	o->count = 0;
	for (unsigned int i = 0; i < ARRAY_COUNT(card_registers); i++)
		add_words(o, igb, card_registers[i].first, card_registers[i].words);
	for (unsigned int pool = 0; pool < IGB_VFS; pool++)
		if (pool != n)
			add_pool(o, igb, pool);
	add(o, igb_get(igb, IGB_VFRE) & not_mine);
	add(o, igb_get(igb, IGB_VFTE) & not_mine);
	add(o, igb_get(igb, IGB_EIAC) & ~(7u << IGB_VF_VECTOR(n)));
	add(o, igb_get(igb, IGB_EIAM) & ~(7u << IGB_VF_VECTOR(n)));
	if (igb->host)
		add_filters_of_host(o, igb, not_mine);
	for (unsigned int i = 0; i < ARRAY_COUNT(filters) && !igb->host; i++)
		add_words(o, igb, filters[i].first, filters[i].words);
}

void others_check(const struct others *before, const struct igb *igb, unsigned int n)
{
	struct others after;

	others_note(&after, igb, n);
	FUZZ_CHECK(after.count == before->count);
	FUZZ_CHECK(!memcmp(after.word, before->word, after.count * sizeof(after.word[0])));
}
