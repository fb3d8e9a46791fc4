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

/*
 * The kernel waits for numbers that may come to mean other files while it does:
 * then it is told the new ones after so long. poll() takes no numbers at all
 * where RLIMIT_NOFILE is 0, as in a sandbox.
 */
#define LOOK_SECONDS 1
#define REFUSED_US   10000

static void wait(const struct irq_set *set)
{
	int fds[FD_COUNT], r;

	for (unsigned int i = 0; i < FD_COUNT; i++) {
		fds[i] = own_fd_enter(set->unmask.fd[i]);
		/* poll() passes over one that is lost */
		if (fds[i] >= 0)
			own_fd_leave(set->unmask.fd[i]);
	}
	r = os_wait_readable(fds, FD_COUNT, LOOK_SECONDS);
	if (r < 0 && r != -EINTR && r != -ETIMEDOUT)
		os_sleep_us(REFUSED_US);
}

static void *watch(void *context)
{
	struct irq_set *set = context;

	for (;;) {
		uint64_t count;
		ssize_t r;
		int fd;

		wait(set);
		if (atomic_load(&set->unmask.ends))
			return NULL;
		fd = own_fd_enter(set->unmask.fd[SIGNAL]);
		if (fd < 0)
			return NULL;
		r = os_read_nowait(fd, &count, sizeof(count));
		own_fd_leave(set->unmask.fd[SIGNAL]);
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

static int start_locked(struct irq_set *set, struct own_fd *fd)
{
	int r;

	if (!irq_is_enabled(set, IRQ_INTX))
		return REASON(-EINVAL, "INTx is not set up");
	if (set->unmask.runs)
		return REASON(-EBUSY, "an eventfd unmasks INTx already");
	r = own_fd_new(os_eventfd(), &set->unmask.fd[END]);
	if (r)
		return REASON(r, "no descriptor for the end of the thread");
	set->unmask.fd[SIGNAL] = fd;
	atomic_store(&set->unmask.ends, false);
	r = start_thread(set);
	if (r)
		own_fd_free(set->unmask.fd[END]);
	set->unmask.runs = !r;
	return r;
}

int irq_set_unmask_eventfd(struct irq_set *set, int fd)
{
	struct own_fd *copy;
	int r = irq_duplicate_eventfd(fd, &copy);

	if (r)
		return r;
	pthread_mutex_lock(&set->unmask.lock);
	r = start_locked(set, copy);
	pthread_mutex_unlock(&set->unmask.lock);
	if (r)
		own_fd_free(copy);
	return r;
}

/* Where the eventfd is lost, the thread sees its end when it looks anew. */
static void end_thread(struct irq_unmask *unmask)
{
	const uint64_t one = 1;
	int fd;

	atomic_store(&unmask->ends, true);
	fd = own_fd_enter(unmask->fd[END]);
	if (fd >= 0) {
		os_write(fd, &one, sizeof(one));
		own_fd_leave(unmask->fd[END]);
	}
	pthread_join(unmask->thread, NULL);
}

void irq_clear_unmask_eventfd(struct irq_set *set)
{
	pthread_mutex_lock(&set->unmask.lock);
	if (set->unmask.runs) {
		end_thread(&set->unmask);
		own_fd_free(set->unmask.fd[END]);
		own_fd_free(set->unmask.fd[SIGNAL]);
		set->unmask.runs = false;
	}
	pthread_mutex_unlock(&set->unmask.lock);
}
