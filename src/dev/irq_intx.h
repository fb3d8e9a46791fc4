/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles INTx: the function drives its level, and the program masks it. */
#ifndef STCE_DEV_IRQ_INTX_H
#define STCE_DEV_IRQ_INTX_H

#include "dev/irq.h"

/*
 * Masks or unmasks INTx. Unmasking signals a level that is asserted. -EINVAL: not INTx, or not set
 * up.
 */
int irq_mask(struct irq_set *set, enum irq_index index, bool masked);
/*
 * Sets the level of INTx. Raising it signals and masks, as vfio-pci does. If the level falls before
 * the program has read the signal, the signal is taken back [DIFF-35].
 */
void irq_set_intx(struct irq_set *set, bool asserted);
/* The PE is no longer stopped: signals a level that is asserted still. Messages that were raised meanwhile are lost. */
void irq_resume(struct irq_set *set);
/* Signals and masks an asserted level that is not masked, unless the PE is stopped. */
void irq_deliver_intx_locked(struct irq_set *set);

#endif
