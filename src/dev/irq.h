/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupts of one function: for each index of VFIO, which eventfds
 * hear it, and what is masked or pending. Raising writes to an eventfd and
 * nothing else, so it may be done from any thread.
 */
#ifndef STCE_DEV_IRQ_H
#define STCE_DEV_IRQ_H

#include <pthread.h>

#include "spapr-tce/stats.h"
#include "util/types.h"

/* VFIO_PCI_*_IRQ_INDEX, in their order. */
enum irq_index {
	IRQ_INTX,
	IRQ_MSI,
	IRQ_MSIX,
	IRQ_ERR,
	IRQ_REQ,
	IRQ_INDEX_COUNT,
};

struct irq_vector {
	int fd;              /* our own duplicate, -1: none */
	bool masked;         /* INTx only, as is the next */
	bool told;           /* signalled, and the program has not masked or unmasked since */
};

struct irq_line {
	unsigned int count;          /* vectors that exist */
	unsigned int enabled;        /* vectors set up by the program, 0: off */
	struct irq_vector *vector;   /* count of them */
};

/* The eventfd by which the program unmasks INTx; before irq_set.lock. */
struct irq_unmask {
	pthread_mutex_t lock;
	bool runs;                   /* the rest is valid, and the thread's */
	int fd[2];                   /* our duplicate of the program's, and one of our own that ends the thread */
	pthread_t thread;
};

struct irq_set {
	pthread_mutex_t lock;
	struct irq_line line[IRQ_INDEX_COUNT];
	struct stats *stats;    /* borrowed */
	bool intx_asserted;
	struct irq_unmask unmask;
};

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
/* INTx only: -EINVAL otherwise. Unmasking signals what is still asserted. */
int irq_mask(struct irq_set *set, enum irq_index index, bool masked);
/*
 * irq_unmask.c: INTx is unmasked whenever the eventfd is signalled, until it is
 * cleared or INTx turned off. -EBUSY: there is one; -EINVAL: INTx is not set
 * up, or not an eventfd; -EBADF.
 */
int irq_set_unmask_eventfd(struct irq_set *set, int fd);
void irq_clear_unmask_eventfd(struct irq_set *set);
/*
 * Signals a vector as a loopback test does (VFIO_IRQ_SET_ACTION_TRIGGER); one
 * without an eventfd stays silent. -EINVAL: the index is not set up.
 */
int irq_trigger(struct irq_set *set, enum irq_index index, unsigned int vector);

/* For functions: raises MSI or MSI-X vector n; silently nothing where it is not set up. */
void irq_raise(struct irq_set *set, enum irq_index index, unsigned int vector);
/*
 * For functions: the level of INTx. Raising it signals and masks, as vfio-pci
 * does; a signal that nobody has read when the level falls is taken back
 * [DIFF-35].
 */
void irq_set_intx(struct irq_set *set, bool asserted);
bool irq_is_enabled(struct irq_set *set, enum irq_index index);

/* Our own duplicate of an eventfd of the program's; -1 of none. -EBADF, -EINVAL. */
int irq_duplicate_eventfd(int fd, int *copy);

/* Between irq.c and irq_intx.c, under the lock. */
void irq_signal_locked(struct irq_set *set, const struct irq_vector *vector);
void irq_deliver_intx_locked(struct irq_set *set);

#endif
