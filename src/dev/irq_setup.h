/* SPDX-License-Identifier: BSD-2-Clause */
/* Which eventfds hear the interrupts of a function. */
#ifndef STCE_DEV_IRQ_SETUP_H
#define STCE_DEV_IRQ_SETUP_H

#include "dev/irq.h"

/* counts[i] vectors for index i. -ENOMEM. */
int irq_set_init(struct irq_set *set, const unsigned int counts[IRQ_INDEX_COUNT],
		 struct stats *stats);
void irq_set_fini(struct irq_set *set);

/*
 * Sets up [start, start + count) to signal fds[i]; -1 leaves a vector silent.
 * -EINVAL: out of range, not an eventfd, or another of INTx, MSI and MSI-X is
 * set up; -EBADF: not a descriptor; -ENOMEM. Nothing has changed then.
 */
int irq_set_eventfds(struct irq_set *set, enum irq_index index, unsigned int start,
		     unsigned int count, const int *fds);
/* Turns an index off: every vector silent. */
void irq_disable(struct irq_set *set, enum irq_index index);
void irq_disable_all(struct irq_set *set);

#endif
