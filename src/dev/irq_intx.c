/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals and masks INTx. It is a level, but an eventfd carries events only. Therefore an asserted
 * level signals the eventfd once and masks INTx; when the program unmasks it, a level that is still
 * asserted signals again.
 *
 * Our functions finish a command inside the doorbell write, so a level often falls before the
 * program has read the signal. QEMU would then raise a line that only a register access lowers, and
 * its guest would spin in the interrupt handler. Therefore such a signal is taken back [DIFF-35].
 */
#include "dev/irq_intx.h"

#include <errno.h>

#include "util/os.h"
#include "util/reason.h"

void irq_deliver_intx_locked(struct irq_set *set)
{
	struct irq_line *line = &set->line[IRQ_INTX];

	if (!set->intx_asserted || !line->enabled || line->vector[0].masked ||
	    !line->vector[0].fd || irq_is_stopped(set, 0))
		return;
	line->vector[0].masked = true;
	line->vector[0].told = true;
	irq_signal_locked(set, &line->vector[0]);
}

/* Takes back only our own signal, and writes back what others added to the eventfd. */
static void take_back_locked(struct irq_set *set)
{
	struct irq_line *line = &set->line[IRQ_INTX];
	struct irq_vector *vector = line->vector;
	uint64_t count;
	int fd;

	if (!line->enabled || !vector->told)
		return;
	vector->told = false;
	fd = own_fd_enter(vector->fd);
	if (fd < 0)
		return;
	if (os_read_nowait(fd, &count, sizeof(count)) == sizeof(count)) {
		vector->masked = false;
		if (--count)
			os_write(fd, &count, sizeof(count));
	}
	own_fd_leave(vector->fd);
}

void irq_set_intx(struct irq_set *set, bool asserted)
{
	pthread_mutex_lock(&set->lock);
	if (set->intx_asserted && !asserted)
		take_back_locked(set);
	set->intx_asserted = asserted;
	irq_deliver_intx_locked(set);
	pthread_mutex_unlock(&set->lock);
}

void irq_resume(struct irq_set *set)
{
	pthread_mutex_lock(&set->lock);
	irq_deliver_intx_locked(set);
	pthread_mutex_unlock(&set->lock);
}

int irq_mask(struct irq_set *set, enum irq_index index, bool masked)
{
	struct irq_line *line = &set->line[IRQ_INTX];
	int r = 0;

	if (index != IRQ_INTX)
		return REASON(-EINVAL, "only INTx can be masked");
	pthread_mutex_lock(&set->lock);
	if (line->enabled) {
		line->vector[0].masked = masked;
		line->vector[0].told = false;
		irq_deliver_intx_locked(set);
	} else {
		r = -EINVAL;
	}
	pthread_mutex_unlock(&set->lock);
	return r ? REASON(r, "INTx is not set up") : 0;
}
