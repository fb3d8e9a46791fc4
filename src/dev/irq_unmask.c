/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program may unmask INTx by an eventfd. A thread waits for it, as a work item does on Linux
 * [linux vfio virqfd.c], and for our own eventfd, which ends the thread. The thread exists only
 * while the eventfd is set up, and only in the process that set it up.
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
 * While poll() waits, the program may close our descriptors and reuse their numbers, so the thread
 * looks the numbers up again after LOOK_MS. It sleeps for REFUSED_US when poll() refuses all
 * descriptors, which happens in a sandbox whose RLIMIT_NOFILE is 0.
 */
#define LOOK_MS      1000
#define REFUSED_US   10000

static void wait(const struct irq_set *set)
{
	int fds[FD_COUNT], r;

	for (unsigned int i = 0; i < FD_COUNT; i++) {
		fds[i] = own_fd_enter(set->unmask.fd[i]);
		/* poll() ignores a negative number, so a lost descriptor does no harm. */
		if (fds[i] >= 0)
			own_fd_leave(set->unmask.fd[i]);
	}
	r = os_wait_readable(fds, FD_COUNT, LOOK_MS);
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

/* The thread blocks all signals, because the program's signals are for its own threads. */
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
		return REASON(-EBUSY, "INTx already has an eventfd that unmasks it");
	r = own_fd_new(os_eventfd(), &set->unmask.fd[END]);
	if (r)
		return REASON(r, "cannot make the eventfd that ends the unmasking thread");
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

/* If our eventfd is lost, the thread finds `ends` set after at most LOOK_MS. */
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
