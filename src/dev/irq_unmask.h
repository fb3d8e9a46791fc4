/* SPDX-License-Identifier: BSD-2-Clause */
/* Unmasks INTx when the program signals an eventfd. */
#ifndef STCE_DEV_IRQ_UNMASK_H
#define STCE_DEV_IRQ_UNMASK_H

#include "dev/irq.h"

/*
 * From now on a signal of the eventfd unmasks INTx, until irq_clear_unmask_eventfd() or until INTx
 * is turned off. -EBUSY: there already is such an eventfd; -EINVAL: INTx is not set up, or fd is
 * not an eventfd; -EBADF; -EMFILE, -ENOMEM, -EAGAIN: there is no descriptor, memory or thread for
 * it.
 */
int irq_set_unmask_eventfd(struct irq_set *set, int fd);
void irq_clear_unmask_eventfd(struct irq_set *set);

#endif
