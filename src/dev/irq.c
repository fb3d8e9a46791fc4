/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals the eventfds of a function's interrupts. irq_setup.c installs them, and irq_intx.c
 * handles the level of INTx.
 */
#include "dev/irq.h"

#include <errno.h>

#include "util/os.h"
#include "util/reason.h"
#include "util/stats.h"

void irq_signal_locked(struct irq_set *set, const struct irq_vector *vector)
{
	uint64_t one = 1;
	int fd = vector->fd ? own_fd_enter(vector->fd) : -EBADF;

	if (fd < 0)
		return;
	if (os_write(fd, &one, sizeof(one)) == sizeof(one))
		STATS_ADD(set->stats, interrupts, 1);
	own_fd_leave(vector->fd);
}

int irq_trigger(struct irq_set *set, enum irq_index index, unsigned int vector)
{
	struct irq_line *line = &set->line[index];
	int r = -EINVAL;

	pthread_mutex_lock(&set->lock);
	if (line->enabled && vector < line->count) {
		irq_signal_locked(set, &line->vector[vector]);
		r = 0;
	}
	pthread_mutex_unlock(&set->lock);
	return r ? REASON(r, "vector %u cannot be raised because it is not set up", vector) : 0;
}

void irq_raise(struct irq_set *set, enum irq_index index, unsigned int vector)
{
	struct irq_line *line = &set->line[index];

	pthread_mutex_lock(&set->lock);
	/* The other indexes are the host's and not the device's. */
	if (vector < line->enabled && (index > IRQ_MSIX || !irq_is_stopped(set, vector)))
		irq_signal_locked(set, &line->vector[vector]);
	pthread_mutex_unlock(&set->lock);
}

bool irq_is_enabled(struct irq_set *set, enum irq_index index)
{
	bool enabled;

	pthread_mutex_lock(&set->lock);
	enabled = set->line[index].enabled;
	pthread_mutex_unlock(&set->lock);
	return enabled;
}
