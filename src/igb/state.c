/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saves and restores the card as it is between two batches: its registers, its PHY, its address and
 * the contexts of its transmit queues. Frames that the port holds are lost, as on a wire. A packet of
 * which some segments have been sent is sent again as a whole. Every combination of register values
 * is one that a driver can write, so only the version and the size are judged.
 */
#include "igb/state.h"

#include <errno.h>
#include <string.h>

#include "igb/bell.h"
#include "igb/clock.h"
#include "igb/interrupt.h"
#include "igb/nvm.h"
#include "igb/registers.h"
#include "igb/worker.h"
#include "util/alloc.h"
#include "util/reason.h"

#define VERSION 1u

struct igb_state {
	uint8_t mac[IGB_MAC_SIZE];
	struct msix_table msix;
	uint32_t reg[IGB_WORDS];
	uint16_t phy[IGB_PHY_REGISTERS];
	struct igb_context context[IGB_QUEUES][2];
	uint64_t clock;
	bool is_started;
};

/* The words that are not 0, each after its index. */
static void save_registers(const struct igb *igb, struct pack *to)
{
	for (uint32_t i = 0; i < IGB_WORDS; i++) {
		if (!igb->reg[i])
			continue;
		pack_u16(to, (uint16_t)i);
		pack_u32(to, igb->reg[i]);
	}
	pack_u16(to, 0xffff);
}

void igb_save(struct function *fn, struct pack *to)
{
	struct igb *igb = igb_of(fn);

	igb_quiesce(fn);
	pack_u32(to, VERSION);
	pack_bytes(to, igb->settings.mac, IGB_MAC_SIZE);
	pack_bytes(to, igb->msix.bytes, sizeof(igb->msix.bytes));
	save_registers(igb, to);
	for (unsigned int i = 0; i < IGB_PHY_REGISTERS; i++)
		pack_u16(to, igb->phy[i]);
	for (unsigned int q = 0; q < IGB_QUEUES; q++)
		for (unsigned int i = 0; i < 2; i++)
			pack_bytes(to, &igb->tx[q].context[i].descriptor, IGB_DESCRIPTOR_SIZE);
	pack_u64(to, igb->clock.value);
	pack_u16(to, igb->is_started);
}

static void load(struct unpack *from, void *to, size_t size)
{
	const void *bytes = unpack_bytes(from, size);

	if (bytes)
		memcpy(to, bytes, size);
}

/* Returns false if a word is no register. */
static bool load_registers(const struct igb *igb, struct igb_state *s, struct unpack *from)
{
	uint16_t i;

	while ((i = unpack_u16(from)) != 0xffff && !from->has_failed) {
		if (i >= IGB_WORDS || !igb_register_exists(igb, i))
			return false;
		s->reg[i] = unpack_u32(from);
	}
	return !from->has_failed;
}

static void load_contexts(struct igb_state *s, struct unpack *from)
{
	for (unsigned int q = 0; q < IGB_QUEUES; q++)
		for (unsigned int i = 0; i < 2; i++)
			load(from, &s->context[q][i].descriptor, IGB_DESCRIPTOR_SIZE);
}

int igb_judge(struct function *fn, struct unpack *from, void **state)
{
	const struct igb *igb = igb_of(fn);
	uint32_t version = unpack_u32(from);
	struct igb_state *s;
	bool is_good;

	if (version != VERSION)
		return REASON(-EPROTONOSUPPORT, "%s: the card's state has version %u, and only %u is known",
			      fn->address, version, VERSION);
	s = ALLOC(struct igb_state);
	if (!s)
		return REASON(-ENOMEM, "no memory for a card's state");
	*state = s;
	load(from, s->mac, sizeof(s->mac));
	load(from, s->msix.bytes, sizeof(s->msix.bytes));
	is_good = load_registers(igb, s, from);
	for (unsigned int i = 0; i < IGB_PHY_REGISTERS; i++)
		s->phy[i] = unpack_u16(from);
	load_contexts(s, from);
	s->clock = unpack_u64(from);
	s->is_started = unpack_u16(from);
	if (!is_good || from->has_failed)
		return REASON(-EPROTO, "%s: no card can be in this state", fn->address);
	return 0;
}

void igb_apply(struct function *fn, const void *state)
{
	struct igb *igb = igb_of(fn);
	const struct igb_state *s = state;

	igb_quiesce(fn);
	igb_registers_reset(igb);
	memcpy(igb->settings.mac, s->mac, sizeof(s->mac));
	igb_nvm_init(igb);
	igb->msix = s->msix;
	memcpy(igb->reg, s->reg, sizeof(s->reg));
	memcpy(igb->phy, s->phy, sizeof(s->phy));
	for (unsigned int q = 0; q < IGB_QUEUES; q++)
		memcpy(igb->tx[q].context, s->context[q], sizeof(s->context[q]));
	igb->clock = (struct igb_clock){ s->clock, igb_clock_ticks() };
	if (s->is_started)
		igb_worker_start(igb);
	igb_interrupt_update(igb);
	igb_ring_bell(igb);
}
