/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements apart_fd.h. The thread makes one call at a time, for the thread that holds the lock; both wait for a word.
 * No other lock is taken under this one. Signals are blocked while it is held, so a handler may fork, and the thread
 * starts with all of them blocked.
 */
#include "util/apart_fd.h"

#include <errno.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <stdatomic.h>

#include "util/alloc.h"
#include "util/masked_lock.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/os_futex.h"
#include "util/own_fd.h"

struct apart_fd {
	int number;              /* in the thread's table; unused if own is there */
	uint64_t mm;             /* the process that has it */
	struct own_fd *own;      /* NULL unless the kernel refuses the thread a table */
};

/* What the word says. */
enum { IDLE, ASKED };

/* Under the lock, but for the word, and what the thread does while it is asked. */
static struct masked_lock lock = MASKED_LOCK_INIT;
static struct {
	uint64_t mm;             /* the process that has the thread; a child of that has none */
	unsigned int files;      /* how many it has open; it ends with the last */
	pthread_t thread;
	_Atomic(uint32_t) word;
	apart_fd_fn fn;          /* NULL: the thread is to end */
	int fd;
	void *context;
	int answer;
} apart;

static void *work(void *context)
{
	for (;;) {
		apart_fd_fn fn;

		while (atomic_load(&apart.word) != ASKED)
			os_futex_wait(&apart.word, IDLE);
		fn = apart.fn;
		apart.answer = fn ? fn(apart.fd, apart.context) : 0;
		atomic_store(&apart.word, IDLE);
		os_futex_wake(&apart.word);
		if (!fn)
			return NULL;
	}
}

static void await_locked(void)
{
	while (atomic_load(&apart.word) != IDLE)
		os_futex_wait(&apart.word, ASKED);
}

/* Has the thread make a call, after the last one, and does not wait for the answer. */
static void post_locked(apart_fd_fn fn, int fd, void *context)
{
	await_locked();
	apart.fn = fn;
	apart.fd = fd;
	apart.context = context;
	atomic_store(&apart.word, ASKED);
	os_futex_wake(&apart.word);
}

static int ask_locked(apart_fd_fn fn, int fd, void *context)
{
	post_locked(fn, fd, context);
	await_locked();
	return apart.answer;
}

static void end_locked(void)
{
	post_locked(NULL, -1, NULL);
	pthread_join(apart.thread, NULL);
	apart.mm = 0;
}

/* The copy that the kernel makes of the program's table has nothing in it, because all of it is closed by the call. */
static int leave_table(int fd, void *context)
{
	return os_close_range(0, ~0u, CLOSE_RANGE_UNSHARE);
}

static int start_locked(void)
{
	int r;

	if (apart.mm == mm_current())
		return 0;
	apart.files = 0;
	atomic_store(&apart.word, IDLE);
	r = -pthread_create(&apart.thread, NULL, work, NULL);
	if (r)
		return r;
	apart.mm = mm_current();
	r = ask_locked(leave_table, -1, NULL);
	if (r)
		end_locked();
	return r;
}

struct opening {
	int flags;
	apart_fd_fn first;
	void *context;
};

/* Returns the number of the new descriptor. */
static int open_and_call(int fd, void *context)
{
	const struct opening *opening = context;
	int number = os_reopen(fd, opening->flags);
	int r = number < 0 ? number : opening->first(number, opening->context);

	if (r && number >= 0)
		os_close(number);
	return r ? r : number;
}

static int open_apart_locked(struct apart_fd *file, int fd, struct opening *opening)
{
	int r = ask_locked(open_and_call, fd, opening);

	if (r >= 0) {
		file->number = r;
		apart.files++;
	} else if (!apart.files) {
		end_locked();
	}
	return r < 0 ? r : 0;
}

/* Opens it as a descriptor of the program's table. */
static int open_own(struct apart_fd *file, int fd, struct opening *opening)
{
	int r = open_and_call(fd, opening);

	return r < 0 ? r : own_fd_new(r, &file->own);
}

int apart_fd_reopen(int fd, int flags, apart_fd_fn first, void *context, struct apart_fd **out)
{
	struct apart_fd *file = ALLOC(struct apart_fd);
	struct opening opening = { flags, first, context };
	sigset_t before;
	bool has_thread;
	int r = 0;

	if (!file)
		return -ENOMEM;
	file->mm = mm_current();
	masked_lock_enter(&lock, &before);
	has_thread = start_locked() == 0;
	if (has_thread)
		r = open_apart_locked(file, fd, &opening);
	masked_lock_leave(&lock, &before);
	if (!has_thread)
		r = open_own(file, fd, &opening);
	if (r) {
		free(file);
		return r;
	}
	*out = file;
	return 0;
}

static int close_it(int fd, void *context)
{
	return os_close(fd);
}

void apart_fd_free(struct apart_fd *file)
{
	sigset_t before;

	if (!file)
		return;
	if (file->own) {
		own_fd_free(file->own);
	} else if (file->mm == mm_current()) {
		masked_lock_enter(&lock, &before);
		post_locked(close_it, file->number, NULL);
		if (!--apart.files)
			end_locked();
		masked_lock_leave(&lock, &before);
	}
	free(file);
}

static int call_own(struct own_fd *own, apart_fd_fn fn, void *context)
{
	int fd = own_fd_enter(own), r;

	if (fd < 0)
		return fd;
	r = fn(fd, context);
	own_fd_leave(own);
	return r;
}

int apart_fd_call(struct apart_fd *file, apart_fd_fn fn, void *context)
{
	sigset_t before;
	int r;

	if (file->own)
		return call_own(file->own, fn, context);
	if (file->mm != mm_current())
		return -EBADF;
	masked_lock_enter(&lock, &before);
	r = ask_locked(fn, file->number, context);
	masked_lock_leave(&lock, &before);
	return r;
}

void apart_fd_before_fork(void)
{
	masked_lock_before_fork(&lock);
}

void apart_fd_after_fork(void)
{
	masked_lock_after_fork(&lock);
}
