/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupts of one function: for each VFIO index the eventfds of its vectors, and for INTx the
 * level and the mask. `lock` guards all of it. Raising an interrupt only writes to an eventfd, so
 * any thread may do it.
 */
#ifndef STCE_DEV_IRQ_H
#define STCE_DEV_IRQ_H

#include <pthread.h>
#include <stdatomic.h>

#include "host/eeh_trigger.h"
#include "spapr-tce/stats.h"
#include "util/own_fd.h"
#include "util/types.h"

/* The values are those of VFIO_PCI_*_IRQ_INDEX. */
enum irq_index {
	IRQ_INTX,
	IRQ_MSI,
	IRQ_MSIX,
	IRQ_ERR,
	IRQ_REQ,
	IRQ_INDEX_COUNT,
};

struct irq_vector {
	struct own_fd *fd;   /* our duplicate of the program's eventfd, or NULL */
	bool masked;         /* used by INTx only */
	bool told;           /* INTx only: signalled, and the program has not masked or unmasked it since */
};

struct irq_line {
	unsigned int count;          /* vectors that exist */
	unsigned int enabled;        /* vectors that the program has set up; 0: the index is off */
	struct irq_vector *vector;   /* array of `count` */
};

/* The eventfd by which the program unmasks INTx. Its lock is taken before irq_set.lock. */
struct irq_unmask {
	pthread_mutex_t lock;
	bool runs;                   /* the thread exists and uses the fields below */
	atomic_bool ends;            /* the thread must end */
	struct own_fd *fd[2];        /* our duplicate of the program's eventfd, and one that wakes the thread */
	pthread_t thread;
};

struct irq_set {
	pthread_mutex_t lock;
	struct irq_line line[IRQ_INDEX_COUNT];
	struct stats *stats;    /* borrowed */
	struct host_pe *pe;     /* while its DMA is stopped no interrupt leaves; NULL: it never is */
	bool intx_asserted;
	struct irq_unmask unmask;
};

/*
 * Signals a vector for a loopback test (VFIO_IRQ_SET_ACTION_TRIGGER). A vector without an eventfd
 * stays silent. -EINVAL: the index is not set up, or has no such vector.
 */
int irq_trigger(struct irq_set *set, enum irq_index index, unsigned int vector);
/*
 * Raises an MSI or MSI-X vector, and does nothing if it is not set up; functions call it. In a PE whose DMA is stopped
 * the message is lost, because it is a write by the device. The host raises IRQ_ERR and IRQ_REQ, in any state of the
 * PE.
 */
void irq_raise(struct irq_set *set, enum irq_index index, unsigned int vector);
bool irq_is_enabled(struct irq_set *set, enum irq_index index);
/* Returns whether the PE stops an interrupt of the device. */
static inline bool irq_is_stopped(const struct irq_set *set, unsigned int vector)
{
	return set->pe && host_eeh_stops(set->pe, HOST_EEH_NO_DMA, STCE_EEH_INTERRUPT, vector, 1);
}

/* Writes to the vector's eventfd, if it has one. */
void irq_signal_locked(struct irq_set *set, const struct irq_vector *vector);

#endif
