/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket and its thread (control.h). The thread accepts one connection after the other.
 * control_serve.c talks to a client; control_verbs.c has the table of verbs.
 */
#include "machine/control.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "machine/control_serve.h"
#include "machine/control_sweep.h"
#include "util/alloc.h"
#include "util/fork.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/os_socket.h"
#include "util/os_stream.h"

/* A program that locks all its memory is charged for the stack of each thread. */
#define STACK_SIZE ((size_t)256 << 10)
/*
 * poll() keeps the socket that it was given. If the program closed our number just before, it waits for
 * another file, so it looks the number up again after this time.
 */
#define LOOK_MS 60000

struct control {
	struct stce_machine *machine;
	uint64_t mm;
	char folder[FILE_PATH_SIZE + 16];
	char name[24];
	struct own_fd *listener, *wake;
	pthread_t thread;
	_Atomic(bool) ends;
	struct control *next;
};

/* Those of this process, and perhaps its parent's. The lock of util/fork.h protects the list. */
static struct control *all;

static void *serve_one(void *context)
{
	struct control_client *client = context;

	control_serve(client);
	return NULL;
}

/*
 * Signals are blocked in the calling thread but for those that an access to memory that is gone raises
 * (util/guard.h); the new thread inherits that.
 */
static int start_thread(pthread_t *thread, void *(*fn)(void *), void *context)
{
	pthread_attr_t attributes;
	int r = -pthread_attr_init(&attributes);

	if (r)
		return r;
	r = -pthread_attr_setstacksize(&attributes, STACK_SIZE);
	if (!r)
		r = -pthread_create(thread, &attributes, fn, context);
	pthread_attr_destroy(&attributes);
	return r;
}

/*
 * The thread of a request gives its number and its record of RCU back when it ends, so the program is
 * alone again.
 */
static void accept_one(struct control *control)
{
	struct control_client client = { .machine = control->machine, .wake = control->wake };
	pthread_t thread;
	int fd = own_fd_enter(control->listener), r;

	if (fd < 0)
		return;
	r = os_socket_accept(fd);
	own_fd_leave(control->listener);
	if (own_fd_new(r, &client.socket))
		return;
	if (start_thread(&thread, serve_one, &client))
		serve_one(&client);
	else
		pthread_join(thread, NULL);
	own_fd_free(client.socket);
}

static void *serve(void *context)
{
	struct control *control = context;

	while (!atomic_load(&control->ends) && !own_fd_is_lost(control->listener)) {
		int r = os_stream_wait(own_fd_peek(control->listener), false, own_fd_peek(control->wake), LOOK_MS);

		if (r == 1)
			accept_one(control);
		else if (r < 0 && r != -EINTR)
			os_sleep_us(10000);
	}
	return NULL;
}

static int start_server(struct control *control)
{
	sigset_t every, before;
	int r;

	sigfillset(&every);
	sigdelset(&every, SIGSEGV);
	sigdelset(&every, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	r = start_thread(&control->thread, serve, control);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static void remove_file(const struct control *control)
{
	char path[sizeof(control->folder) + sizeof(control->name)];

	snprintf(path, sizeof(path), "%s/%s", control->folder, control->name);
	os_unlink(path);
}

static void free_control(struct control *control)
{
	own_fd_free(control->wake);
	own_fd_free(control->listener);
	free(control);
}

static int fill(struct control *control)
{
	int r;

	snprintf(control->folder, sizeof(control->folder), "%s/" CONTROL_FOLDER, control->machine->directory);
	snprintf(control->name, sizeof(control->name), "%016" PRIx64, control->mm);
	r = own_fd_new(os_eventfd(), &control->wake);
	if (r)
		return r;
	r = own_fd_new(os_stream_listen(control->folder, control->name), &control->listener);
	if (r)
		return r;
	r = start_server(control);
	if (r)
		remove_file(control);
	return r;
}

/* A child has closed copies of its parent's descriptors with this; the parent's file stays. */
static void drop_inherited(struct stce_machine *machine)
{
	for (struct control **link = &all; *link;) {
		struct control *control = *link;

		if (control->machine == machine && control->mm != mm_current()) {
			*link = control->next;
			free_control(control);
		} else {
			link = &control->next;
		}
	}
}

static void start_locked(struct stce_machine *machine)
{
	struct control *control;

	drop_inherited(machine);
	control = ALLOC(struct control);
	if (!control)
		return;
	control->machine = machine;
	control->mm = mm_current();
	if (fill(control)) {
		free_control(control);
		return;
	}
	control->next = all;
	all = control;
	atomic_store(&machine->control_mm, control->mm);
	control_sweep(control->folder, &machine->life, control->mm);
}

void control_start(struct stce_machine *machine)
{
	if (!machine->directory[0])
		return;
	fork_lock();
	if (atomic_load(&machine->control_mm) != mm_current())
		start_locked(machine);
	fork_unlock();
}

static struct control *take(struct stce_machine *machine)
{
	struct control **link, *control;

	fork_lock();
	drop_inherited(machine);
	for (link = &all; *link && (*link)->machine != machine;)
		link = &(*link)->next;
	control = *link;
	if (control)
		*link = control->next;
	fork_unlock();
	return control;
}

void control_end(struct stce_machine *machine)
{
	const uint64_t one = 1;
	struct control *control = take(machine);
	int fd;

	if (!control)
		return;
	atomic_store(&control->ends, true);
	fd = own_fd_enter(control->wake);
	if (fd >= 0) {
		os_write(fd, &one, sizeof(one));
		own_fd_leave(control->wake);
	}
	pthread_join(control->thread, NULL);
	remove_file(control);
	free_control(control);
}

/* The process ends, and its thread with it. */
__attribute__((destructor)) static void leave(void)
{
	for (const struct control *control = all; control; control = control->next)
		if (control->mm == mm_current())
			remove_file(control);
}
