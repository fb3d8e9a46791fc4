/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects the interrupts of a function to the program's eventfds. */
#ifndef STCE_DEV_IRQ_SETUP_H
#define STCE_DEV_IRQ_SETUP_H

#include "dev/irq.h"

/* Makes counts[i] vectors for index i, all off. -ENOMEM. */
int irq_set_init(struct irq_set *set, const unsigned int counts[IRQ_INDEX_COUNT],
		 struct stats *stats);
void irq_set_fini(struct irq_set *set);

/*
 * Makes vector start + i signal fds[i], for i below count; -1 leaves a vector silent. On error
 * nothing changes. -EINVAL: the range or an fd is wrong, another of INTx, MSI and MSI-X is set up,
 * or the index would grow; -EBADF: not a descriptor; -EMFILE, -ENOMEM.
 */
int irq_set_eventfds(struct irq_set *set, enum irq_index index, unsigned int start,
		     unsigned int count, const int *fds);
/* Turns an index off, so that no vector of it signals. */
void irq_disable(struct irq_set *set, enum irq_index index);
void irq_disable_all(struct irq_set *set);

#endif
