/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reset of a virtual function turns off: its queues, its pool, its vectors and their routes. Its
 * filters stay, because they are the physical function's, whose driver takes them away when it is told.
 */
#include "igb/vf_reset.h"

#include "igb/mailbox.h"
#include "igb/registers.h"

static void reset_vectors(struct igb *igb, unsigned int vf)
{
	static const uint32_t of_bits[] = { IGB_EICR, IGB_EIMS, IGB_EIAC, IGB_EIAM };

	for (unsigned int i = 0; i < ARRAY_COUNT(of_bits); i++)
		*igb_reg(igb, of_bits[i]) &= ~IGB_VF_VECTOR_BITS(vf);
	for (unsigned int i = 0; i < IGB_VF_VECTORS; i++)
		*igb_reg(igb, IGB_EITR(IGB_VF_VECTOR(vf) + i)) = 0;
	igb->interrupts.told &= ~IGB_VF_VECTOR_BITS(vf);
	igb->vf[vf].ivar = igb->vf[vf].ivar_misc = 0;
}

void igb_vf_reset(struct igb *igb, unsigned int vf)
{
	for (unsigned int i = 0; i < IGB_VF_QUEUES; i++)
		igb_queue_reset(igb, vf + 8 * i);
	*igb_reg(igb, IGB_PSRTYPE(vf)) = 0;
	*igb_reg(igb, IGB_VFRE) &= ~(1u << vf);
	*igb_reg(igb, IGB_VFTE) &= ~(1u << vf);
	reset_vectors(igb, vf);
	igb_mail_reset(igb, vf);
}
