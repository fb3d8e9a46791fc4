/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets up and turns off the vectors of a function. A set-up is checked, and all its eventfds are
 * duplicated, before any of it takes effect. irq.c raises the interrupts.
 */
#include "dev/irq_setup.h"

#include <errno.h>

#include "dev/irq_eventfd.h"
#include "dev/irq_intx.h"
#include "dev/irq_unmask.h"
#include "util/alloc.h"
#include "util/reason.h"

int irq_set_init(struct irq_set *set, const unsigned int counts[IRQ_INDEX_COUNT],
		 struct stats *stats)
{
	*set = (struct irq_set){ .stats = stats };
	pthread_mutex_init(&set->lock, NULL);
	pthread_mutex_init(&set->unmask.lock, NULL);
	for (unsigned int i = 0; i < IRQ_INDEX_COUNT; i++) {
		struct irq_line *line = &set->line[i];

		if (!counts[i])
			continue;
		line->vector = alloc_zero(counts[i], sizeof(*line->vector));
		if (!line->vector) {
			irq_set_fini(set);
			return -ENOMEM;
		}
		line->count = counts[i];
	}
	return 0;
}

void irq_set_fini(struct irq_set *set)
{
	irq_disable_all(set);
	for (unsigned int i = 0; i < IRQ_INDEX_COUNT; i++)
		free(set->line[i].vector);
	pthread_mutex_destroy(&set->unmask.lock);
	pthread_mutex_destroy(&set->lock);
}

static void close_all(unsigned int count, struct own_fd *const *fds)
{
	for (unsigned int i = 0; i < count; i++)
		own_fd_free(fds[i]);
}

/* Duplicates all fds into copies, or none. */
static int duplicate_all(unsigned int count, const int *fds, struct own_fd **copies)
{
	for (unsigned int i = 0; i < count; i++) {
		int r = irq_duplicate_eventfd(fds[i], &copies[i]);

		if (r) {
			close_all(i, copies);
			return r;
		}
	}
	return 0;
}

/* Only one of INTx, MSI and MSI-X can be set up at a time [linux vfio_pci_intrs.c]. */
static bool other_way_locked(const struct irq_set *set, enum irq_index index)
{
	for (unsigned int i = IRQ_INTX; i <= IRQ_MSIX; i++)
		if (index <= IRQ_MSIX && i != index && set->line[i].enabled)
			return true;
	return false;
}

/*
 * The number of vectors cannot grow while an index is set up (NORESIZE) [linux
 * vfio_pci_set_msi_trigger].
 */
static bool grows_locked(const struct irq_set *set, enum irq_index index, unsigned int end)
{
	return set->line[index].enabled && end > set->line[index].enabled;
}

/* The vectors own the copies afterwards. */
static void install_locked(struct irq_set *set, enum irq_index index, unsigned int start,
			   unsigned int count, struct own_fd *const *copies)
{
	struct irq_line *line = &set->line[index];

	for (unsigned int i = 0; i < count; i++) {
		own_fd_free(line->vector[start + i].fd);
		line->vector[start + i].fd = copies[i];
	}
	if (line->enabled < start + count)
		line->enabled = start + count;
	if (index == IRQ_INTX)
		irq_deliver_intx_locked(set);
}

int irq_set_eventfds(struct irq_set *set, enum irq_index index, unsigned int start,
		     unsigned int count, const int *fds)
{
	unsigned int there = set->line[index].count;
	struct own_fd **copies;
	int r;

	if (!count || start >= there || count > there - start)
		return REASON(-EINVAL, "start %u and count %u do not fit the %u vectors", start, count, there);
	copies = alloc_zero(count, sizeof(*copies));
	if (!copies)
		return -ENOMEM;
	r = duplicate_all(count, fds, copies);
	if (r)
		goto free_copies;
	pthread_mutex_lock(&set->lock);
	if (other_way_locked(set, index) || grows_locked(set, index, start + count))
		r = -EINVAL;
	else
		install_locked(set, index, start, count, copies);
	pthread_mutex_unlock(&set->lock);
	if (r) {
		close_all(count, copies);
		r = REASON(r, "another kind of interrupt is set up, or this kind with fewer vectors");
	}
free_copies:
	free(copies);
	return r;
}

void irq_disable(struct irq_set *set, enum irq_index index)
{
	struct irq_line *line = &set->line[index];

	pthread_mutex_lock(&set->lock);
	for (unsigned int i = 0; i < line->count; i++) {
		own_fd_free(line->vector[i].fd);
		line->vector[i] = (struct irq_vector){ 0 };
	}
	line->enabled = 0;
	pthread_mutex_unlock(&set->lock);
	if (index == IRQ_INTX)
		irq_clear_unmask_eventfd(set);
}

void irq_disable_all(struct irq_set *set)
{
	for (unsigned int i = 0; i < IRQ_INDEX_COUNT; i++)
		irq_disable(set, i);
}
