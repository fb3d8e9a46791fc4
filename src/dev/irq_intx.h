/* SPDX-License-Identifier: BSD-2-Clause */
/* INTx, whose level a function drives and a program masks. */
#ifndef STCE_DEV_IRQ_INTX_H
#define STCE_DEV_IRQ_INTX_H

#include "dev/irq.h"

/* -EINVAL: index is not INTx, or INTx is not set up. Unmasking signals what is still asserted. */
int irq_mask(struct irq_set *set, enum irq_index index, bool masked);
/*
 * For functions: the level of INTx. Raising it signals and masks, as vfio-pci
 * does; a signal that nobody has read when the level falls is taken back
 * [DIFF-35].
 */
void irq_set_intx(struct irq_set *set, bool asserted);
/* Under the lock: tells an asserted level that has not been told. */
void irq_deliver_intx_locked(struct irq_set *set);

#endif
