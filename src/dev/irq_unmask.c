/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * INTx unmasked by eventfd: a thread waits for the program's signal, as a work
 * item does on Linux, and for ours to end [linux vfio virqfd.c]. It runs while
 * there is such an eventfd only, and in the process that set it up only.
 */
#include "dev/irq_unmask.h"

#include <errno.h>
#include <signal.h>

#include "dev/irq_eventfd.h"
#include "dev/irq_intx.h"
#include "util/os.h"
#include "util/reason.h"

enum { SIGNAL, END, FD_COUNT };

static void *watch(void *context)
{
	struct irq_set *set = context;

	for (;;) {
		uint64_t count;
		ssize_t r = os_wait_readable(set->unmask.fd, FD_COUNT);

		if (r == END)
			return NULL;
		if (r == SIGNAL)
			r = os_read_nowait(set->unmask.fd[SIGNAL], &count, sizeof(count));
		if (r > 0)
			irq_mask(set, IRQ_INTX, false);
		else if (r != -EINTR && r != -EAGAIN)
			return NULL;
	}
}

/* The program's signals are for its own threads. */
static int start_thread(struct irq_set *set)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&set->unmask.thread, NULL, watch, set);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int start_locked(struct irq_set *set, int fd)
{
	int r;

	if (!irq_is_enabled(set, IRQ_INTX))
		return REASON(-EINVAL, "INTx is not set up");
	if (set->unmask.runs)
		return REASON(-EBUSY, "an eventfd unmasks INTx already");
	set->unmask.fd[SIGNAL] = fd;
	set->unmask.fd[END] = os_eventfd();
	r = set->unmask.fd[END] < 0 ? set->unmask.fd[END] : start_thread(set);
	if (r && set->unmask.fd[END] >= 0)
		os_close(set->unmask.fd[END]);
	set->unmask.runs = !r;
	return r;
}

int irq_set_unmask_eventfd(struct irq_set *set, int fd)
{
	int copy, r = irq_duplicate_eventfd(fd, &copy);

	if (r)
		return r;
	pthread_mutex_lock(&set->unmask.lock);
	r = start_locked(set, copy);
	pthread_mutex_unlock(&set->unmask.lock);
	if (r)
		os_close(copy);
	return r;
}

void irq_clear_unmask_eventfd(struct irq_set *set)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&set->unmask.lock);
	if (set->unmask.runs) {
		os_write(set->unmask.fd[END], &one, sizeof(one));
		pthread_join(set->unmask.thread, NULL);
		os_close(set->unmask.fd[END]);
		os_close(set->unmask.fd[SIGNAL]);
		set->unmask.runs = false;
	}
	pthread_mutex_unlock(&set->unmask.lock);
}
