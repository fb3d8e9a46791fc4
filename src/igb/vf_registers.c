/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Most registers of a virtual function are registers of the card in another place: those of its two queues,
 * its throttling timers, its packet types and its mail. Of the interrupt registers it has three bits. All
 * others of the card do not exist for it: they read 0, and a write does nothing.
 */
#include "igb/vf_registers.h"

#include "igb/bar.h"
#include "igb/interrupt.h"
#include "igb/mailbox.h"
#include "igb/vf_reset.h"
#include "igb/worker.h"

/* Returns the card's address of a register that both have, or 0. */
static uint32_t card_address(unsigned int vf, uint32_t offset)
{
	uint32_t queue = (offset & 0x1ff) >> 8, reg = offset & 0xff;

	if (offset >= IGB_VF_VMBMEM && offset < IGB_VF_VMBMEM + IGB_VMBMEM_SIZE)
		return IGB_VMBMEM(vf) + offset - IGB_VF_VMBMEM;
	if ((offset & ~0x1ffu) == IGB_RX_OLD && reg < 0x40)
		return IGB_RX_QUEUE(vf + 8 * queue) + reg;
	if ((offset & ~0x1ffu) == IGB_TX_OLD && reg < 0x40)
		return IGB_TX_QUEUE(vf + 8 * queue) + reg;
	if (offset >= IGB_EITR(0) && offset < IGB_EITR(IGB_VF_VECTORS))
		return offset + 4 * IGB_VF_VECTOR(vf);
	return offset == IGB_VF_PSRTYPE ? IGB_PSRTYPE(vf) : 0;
}

static const uint32_t counter_at[IGB_VF_COUNTERS] = {
	[IGB_VF_GPRC] = 0x0f10, [IGB_VF_GPTC] = 0x0f14, [IGB_VF_GORC] = 0x0f18, [IGB_VF_GOTC] = 0x0f34,
	[IGB_VF_MPRC] = 0x0f3c,
};

static uint32_t counter(const struct igb *igb, unsigned int vf, uint32_t offset)
{
	for (unsigned int i = 0; i < IGB_VF_COUNTERS; i++)
		if (counter_at[i] == offset)
			return igb->vf[vf].count[i];
	return 0;
}

static bool is_interrupt(uint32_t offset)
{
	return (offset >= IGB_EICS && offset <= IGB_EIAM) || offset == IGB_EICR;
}

/* What is read of these is the same for all functions. */
static bool is_common(uint32_t offset)
{
	return offset == IGB_STATUS || offset == IGB_FRTIMER;
}

uint32_t igb_vf_read(struct igb *igb, unsigned int vf, uint32_t offset)
{
	uint32_t address = card_address(vf, offset);

	if (address || is_common(offset))
		return igb_register_read(igb, address ? address : offset);
	if (is_interrupt(offset))
		return igb_register_read(igb, offset) >> IGB_VF_VECTOR(vf) & 7;
	igb_quiesce(&igb->fn);
	switch (offset) {
	case IGB_VF_MAILBOX:
		return igb_v2pmailbox_read(igb, vf);
	case IGB_IVAR(0):
		return igb->vf[vf].ivar;
	case IGB_IVAR_MISC:
		return igb->vf[vf].ivar_misc;
	default:
		return counter(igb, vf, offset);
	}
}

/* EIAC and EIAM keep what is written; the others act on the bits that are 1. */
static void write_interrupt(struct igb *igb, unsigned int vf, uint32_t offset, uint32_t value)
{
	uint32_t mask = IGB_VF_VECTOR_BITS(vf), bits = value << IGB_VF_VECTOR(vf) & mask;

	if (offset == IGB_EIAC || offset == IGB_EIAM)
		bits |= igb_register_read(igb, offset) & ~mask;
	igb_register_write(igb, offset, bits);
}

void igb_vf_write(struct igb *igb, unsigned int vf, uint32_t offset, uint32_t value)
{
	uint32_t address = card_address(vf, offset);

	if (address) {
		igb_register_write(igb, address, value);
		return;
	}
	if (is_interrupt(offset)) {
		write_interrupt(igb, vf, offset, value);
		return;
	}
	igb_quiesce(&igb->fn);
	switch (offset) {
	case IGB_CTRL:
	case IGB_CTRL_DUP:
		if (value & IGB_CTRL_RST)
			igb_vf_reset(igb, vf);
		break;
	case IGB_VF_MAILBOX:
		igb_v2pmailbox_write(igb, vf, value);
		break;
	case IGB_IVAR(0):
		igb->vf[vf].ivar = value;
		break;
	case IGB_IVAR_MISC:
		igb->vf[vf].ivar_misc = value;
		break;
	}
}
