/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mailbox is 64 bytes of memory and two words of flags, one for each side. The card moves flags from one
 * word to the other and interrupts; what the bytes mean is left to the two drivers. A side owns the memory
 * from when it has set its U bit until it clears it, and gets the bit only while the other side has not set
 * its own.
 */
#include "igb/mailbox.h"

#include "igb/interrupt.h"

static uint32_t *to_pf(struct igb *igb, unsigned int vf)
{
	return igb_reg(igb, IGB_P2VMAILBOX(vf));
}

static uint32_t *to_vf(struct igb *igb, unsigned int vf)
{
	return igb_reg(igb, IGB_V2PMAILBOX(vf));
}

/* Mail and resets of virtual functions have one cause. MBVFIMR holds that of each back. */
static void tell_physical(struct igb *igb, unsigned int vf)
{
	if (igb->host)
		igb->host->mail(igb, vf);
	else if (igb_get(igb, IGB_MBVFIMR) >> vf & 1)
		igb_cause(igb, IGB_ICR_VMMB);
}

/* Gives the memory to a side or takes it back; both words show it. */
static void own(struct igb *igb, unsigned int vf, uint32_t mine, uint32_t others, bool wanted)
{
	if (!wanted) {
		*to_pf(igb, vf) &= ~mine;
		*to_vf(igb, vf) &= ~mine;
	} else if (!(*to_pf(igb, vf) & others)) {
		*to_pf(igb, vf) |= mine;
		*to_vf(igb, vf) |= mine;
	}
}

void igb_p2vmailbox_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	unsigned int vf = (offset - IGB_P2VMAILBOX(0)) / 4;

	if (value & IGB_P2VMAILBOX_RVFU) {
		own(igb, vf, IGB_MAILBOX_VFU, 0, false);
		*igb_reg(igb, IGB_MBVFICR) &= ~(IGB_MBVFICR_REQ(vf) | IGB_MBVFICR_ACK(vf));
	}
	own(igb, vf, IGB_MAILBOX_PFU, IGB_MAILBOX_VFU, value & IGB_MAILBOX_PFU);
	if (value & IGB_P2VMAILBOX_STS)
		*to_vf(igb, vf) |= IGB_V2PMAILBOX_PFSTS;
	if (value & IGB_P2VMAILBOX_ACK)
		*to_vf(igb, vf) |= IGB_V2PMAILBOX_PFACK;
	if (value & (IGB_P2VMAILBOX_STS | IGB_P2VMAILBOX_ACK))
		igb_cause_mail(igb, vf);
}

/* A read takes what has happened. */
uint32_t igb_v2pmailbox_read(struct igb *igb, unsigned int vf)
{
	uint32_t value = *to_vf(igb, vf);

	*to_vf(igb, vf) &= ~(IGB_V2PMAILBOX_PFSTS | IGB_V2PMAILBOX_PFACK | IGB_V2PMAILBOX_RSTD);
	return value;
}

void igb_v2pmailbox_write(struct igb *igb, unsigned int vf, uint32_t value)
{
	own(igb, vf, IGB_MAILBOX_VFU, IGB_MAILBOX_PFU, value & IGB_MAILBOX_VFU);
	if (value & IGB_V2PMAILBOX_REQ)
		*igb_reg(igb, IGB_MBVFICR) |= IGB_MBVFICR_REQ(vf);
	if (value & IGB_V2PMAILBOX_ACK)
		*igb_reg(igb, IGB_MBVFICR) |= IGB_MBVFICR_ACK(vf);
	if (value & (IGB_V2PMAILBOX_REQ | IGB_V2PMAILBOX_ACK))
		tell_physical(igb, vf);
}

/* The driver says that the reset is over. */
void igb_ctrl_ext_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	*igb_reg(igb, offset) = value;
	for (unsigned int vf = 0; vf < IGB_VFS && value & IGB_CTRL_EXT_PFRSTD; vf++)
		*to_vf(igb, vf) = (*to_vf(igb, vf) & ~IGB_V2PMAILBOX_RSTI) | IGB_V2PMAILBOX_RSTD;
}

void igb_mail_reset(struct igb *igb, unsigned int vf)
{
	own(igb, vf, IGB_MAILBOX_VFU, 0, false);
	*igb_reg(igb, IGB_VFLRE) |= 1u << vf;
	tell_physical(igb, vf);
}
