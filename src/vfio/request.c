/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hears that the host wants a function back [linux vfio_pci_core_request]. A thread waits for the
 * word in the device's record, from the first time that the program sets up the request index until
 * the device's last file is closed. It maps the record itself, because any of the device's files can
 * be closed before the last.
 */
#include "vfio/request.h"

#include <fcntl.h>
#include <signal.h>

#include "util/alloc.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/os_futex.h"

/* The thread sleeps so long if the kernel refuses to wait, which a sandbox may make it do. */
#define REFUSED_US 100000

struct vfio_listener {
	struct irq_set *irqs;
	struct file_record *record;
	uint32_t seen;            /* requests so far; one that comes before the thread runs must not be lost */
	pthread_t thread;
	atomic_bool ends;
};

static void *listen(void *context)
{
	struct vfio_listener *listener = context;
	uint32_t seen = listener->seen;

	while (!atomic_load(&listener->ends)) {
		int r = os_futex_wait(&listener->record->requests, seen);
		uint32_t now = atomic_load(&listener->record->requests);

		if (r && r != -EAGAIN && r != -EINTR)
			os_sleep_us(REFUSED_US);
		if (now != seen && !atomic_load(&listener->ends))
			irq_raise(listener->irqs, IRQ_REQ, 0);
		seen = now;
	}
	return NULL;
}

/* The thread blocks all signals, because the program's signals are for its own threads. */
static int start_thread(struct vfio_listener *listener)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&listener->thread, NULL, listen, listener);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int map_record(struct vfio_member *member, struct file_record **record)
{
	int fd = file_node_open_backing(member->group->host->space, &member->node, O_CLOEXEC);
	int r = fd < 0 ? fd : file_record_map(fd, record);

	if (fd >= 0)
		os_close(fd);
	return r;
}

static void start_locked(struct vfio_member *member)
{
	struct vfio_listener *listener = ALLOC(struct vfio_listener);
	int r = listener ? map_record(member, &listener->record) : -ENOMEM;

	if (!r) {
		listener->irqs = &member->function->irqs;
		listener->seen = atomic_load(&listener->record->requests);
		r = start_thread(listener);
	}
	if (!r) {
		member->listener = listener;
		return;
	}
	if (listener)
		file_record_unmap(listener->record);
	free(listener);
}

void vfio_request_hear(struct vfio_member *member)
{
	bool is_set_up = irq_is_enabled(&member->function->irqs, IRQ_REQ);

	pthread_mutex_lock(&member->group->lock);
	if (is_set_up && member->open_devices && !member->listener)
		start_locked(member);
	if (member->listener)
		atomic_store(&member->listener->record->hears, is_set_up ? mm_current() : 0);
	pthread_mutex_unlock(&member->group->lock);
}

void vfio_request_end_locked(struct vfio_member *member)
{
	struct vfio_listener *listener = member->listener;

	if (!listener)
		return;
	atomic_store(&listener->record->hears, 0);
	atomic_store(&listener->ends, true);
	/* The thread may not wait yet, so the word must change. */
	atomic_fetch_add(&listener->record->requests, 1);
	os_futex_wake(&listener->record->requests);
	pthread_join(listener->thread, NULL);
	file_record_unmap(listener->record);
	free(listener);
	member->listener = NULL;
}
