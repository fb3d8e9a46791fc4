/* SPDX-License-Identifier: BSD-2-Clause */
/* The eventfd by which a program unmasks INTx. */
#ifndef STCE_DEV_IRQ_UNMASK_H
#define STCE_DEV_IRQ_UNMASK_H

#include "dev/irq.h"

/*
 * INTx is unmasked whenever the eventfd is signalled, until it is cleared or
 * INTx turned off. -EBUSY: there is one; -EINVAL: INTx is not set up, or not
 * an eventfd; -EBADF.
 */
int irq_set_unmask_eventfd(struct irq_set *set, int fd);
void irq_clear_unmask_eventfd(struct irq_set *set);

#endif
