/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupts of one function: for each index of VFIO, which eventfds
 * hear it, and what is masked or pending. Raising writes to an eventfd and
 * nothing else, so it may be done from any thread.
 */
#ifndef STCE_DEV_IRQ_H
#define STCE_DEV_IRQ_H

#include <pthread.h>
#include <stdatomic.h>

#include "spapr-tce/stats.h"
#include "util/own_fd.h"
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
	struct own_fd *fd;   /* our duplicate, NULL: none */
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
	atomic_bool ends;
	struct own_fd *fd[2];        /* our duplicate of the program's, and one that wakes the thread when it shall end */
	pthread_t thread;
};

struct irq_set {
	pthread_mutex_t lock;
	struct irq_line line[IRQ_INDEX_COUNT];
	struct stats *stats;    /* borrowed */
	bool intx_asserted;
	struct irq_unmask unmask;
};

/*
 * Signals a vector as a loopback test does (VFIO_IRQ_SET_ACTION_TRIGGER); one
 * without an eventfd stays silent. -EINVAL: the index is not set up.
 */
int irq_trigger(struct irq_set *set, enum irq_index index, unsigned int vector);
/* For functions: raises MSI or MSI-X vector n; silently nothing where it is not set up. */
void irq_raise(struct irq_set *set, enum irq_index index, unsigned int vector);
bool irq_is_enabled(struct irq_set *set, enum irq_index index);
/* Under the lock: writes to the vector's eventfd, if it has one. */
void irq_signal_locked(struct irq_set *set, const struct irq_vector *vector);

#endif
