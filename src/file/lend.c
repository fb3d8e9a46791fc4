/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements lend.h: the thread, and its connections. Each connection stands for one file in one
 * process. lend_call.c makes the calls.
 */
#include "file/lend.h"

#include <errno.h>
#include <signal.h>

#include "file/lend_call.h"
#include "util/alloc.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/reason.h"

/*
 * While poll() waits, the program may close our descriptors and reuse their numbers, so the thread
 * looks the numbers up again after LOOK_MS. It sleeps for REFUSED_US when poll() refuses all.
 */
#define LOOK_MS    1000
#define REFUSED_US 10000

/*
 * Any user can connect, so of the connections that have shown no file only so many are kept, and the
 * oldest one gives way.
 */
#define UNSHOWN_MAX 64

enum { LISTENER, WAKE, FIXED };

struct file_lender {
	struct file_space *space;
	struct os_socket_name name;
	struct own_fd *fixed[FIXED];
	pthread_t thread;
	_Atomic(bool) ends;
	/* The space's lend_lock protects these. */
	uint64_t asked, settled;    /* so many times was the thread asked to look, and has looked */
	pthread_cond_t has_settled;
	struct loan *loans;         /* the thread's */
	unsigned int loan_count;
};

static __thread bool is_serving;

bool lend_is_serving(void)
{
	return is_serving;
}

/* Returns a number to wait for, or a negative one if the descriptor is lost. */
static int number_of(struct own_fd *own)
{
	int fd = own_fd_enter(own);

	if (fd >= 0)
		own_fd_leave(own);
	return fd;
}

static void wake(const struct file_lender *lender)
{
	const uint64_t one = 1;
	int fd = own_fd_enter(lender->fixed[WAKE]);

	if (fd < 0)
		return;
	os_write(fd, &one, sizeof(one));
	own_fd_leave(lender->fixed[WAKE]);
}

static void drain_wake(const struct file_lender *lender)
{
	uint64_t count;
	int fd = own_fd_enter(lender->fixed[WAKE]);

	if (fd < 0)
		return;
	os_read_nowait(fd, &count, sizeof(count));
	own_fd_leave(lender->fixed[WAKE]);
}

static void end_loan(struct file_lender *lender, struct loan **link)
{
	struct loan *loan = *link;

	*link = loan->next;
	lender->loan_count--;
	if (loan->file)
		file_put(loan->file);
	own_fd_free(loan->socket);
	free(loan);
}

/* New connections come first in the list. */
static void limit_unshown(struct file_lender *lender)
{
	struct loan **oldest = NULL;
	unsigned int count = 0;

	for (struct loan **link = &lender->loans; *link; link = &(*link)->next)
		if (!(*link)->file) {
			oldest = link;
			count++;
		}
	if (count > UNSHOWN_MAX)
		end_loan(lender, oldest);
}

static void accept_one(struct file_lender *lender)
{
	struct loan *loan = ALLOC(struct loan);
	int fd = own_fd_enter(lender->fixed[LISTENER]), r;

	if (!loan || fd < 0) {
		free(loan);
		if (fd >= 0)
			own_fd_leave(lender->fixed[LISTENER]);
		return;
	}
	r = os_socket_accept(fd);
	own_fd_leave(lender->fixed[LISTENER]);
	r = own_fd_new(r, &loan->socket);
	if (r) {
		free(loan);
		return;
	}
	loan->next = lender->loans;
	lender->loans = loan;
	lender->loan_count++;
	limit_unshown(lender);
}

/* Waits, and serves what can be read. Returns false without memory. */
static bool serve_all(struct file_lender *lender, int *fds, bool *is_readable, unsigned int patience_ms)
{
	unsigned int count = FIXED, at = FIXED;
	struct loan **link = &lender->loans;
	int r;

	for (unsigned int i = 0; i < FIXED; i++)
		fds[i] = number_of(lender->fixed[i]);
	for (struct loan *loan = lender->loans; loan; loan = loan->next)
		fds[count++] = number_of(loan->socket);
	r = os_poll_readable(fds, is_readable, count, patience_ms);
	if (r < 0)
		return r == -EINTR;
	while (*link) {
		bool is_lost = fds[at] < 0;

		if (is_lost || (is_readable[at] && !loan_serve(*link, lender->space)))
			end_loan(lender, link);
		else
			link = &(*link)->next;
		at++;
	}
	if (is_readable[LISTENER])
		accept_one(lender);
	return true;
}

/* One round serves every connection at most once. */
static void serve_round(struct file_lender *lender)
{
	unsigned int count = FIXED + lender->loan_count;
	int *fds = alloc_zero(count, sizeof(*fds));
	bool *is_readable = alloc_zero(count, sizeof(*is_readable));
	bool is_awaited;
	uint64_t asked;

	/* A thread that asks after this wakes the next poll(). */
	drain_wake(lender);
	pthread_mutex_lock(&lender->space->lend_lock);
	asked = lender->asked;
	is_awaited = asked != lender->settled;
	pthread_mutex_unlock(&lender->space->lend_lock);
	if (!fds || !is_readable || !serve_all(lender, fds, is_readable, is_awaited ? 0 : LOOK_MS))
		os_sleep_us(REFUSED_US);
	free(is_readable);
	free(fds);
	pthread_mutex_lock(&lender->space->lend_lock);
	lender->settled = asked;
	pthread_cond_broadcast(&lender->has_settled);
	pthread_mutex_unlock(&lender->space->lend_lock);
}

static void *serve(void *context)
{
	struct file_lender *lender = context;

	is_serving = true;
	while (!atomic_load(&lender->ends))
		serve_round(lender);
	while (lender->loans)
		end_loan(lender, &lender->loans);
	return NULL;
}

/*
 * The thread blocks all signals but those that a device's access to memory that is gone raises
 * (util/guard.h).
 */
static int start_thread(struct file_lender *lender)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&lender->thread, NULL, serve, lender);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static void free_lender(struct file_lender *lender)
{
	for (unsigned int i = 0; i < FIXED; i++)
		own_fd_free(lender->fixed[i]);
	pthread_cond_destroy(&lender->has_settled);
	free(lender);
}

static int start_locked(struct file_space *space)
{
	struct file_lender *lender = ALLOC(struct file_lender);
	int r = lender ? os_random(&lender->name, sizeof(lender->name)) : -ENOMEM;

	if (lender)
		pthread_cond_init(&lender->has_settled, NULL);
	if (!r)
		r = own_fd_new(os_socket_listen(lender->name), &lender->fixed[LISTENER]);
	if (!r)
		r = own_fd_new(os_eventfd(), &lender->fixed[WAKE]);
	if (!r) {
		lender->space = space;
		r = start_thread(lender);
	}
	if (r && lender)
		free_lender(lender);
	else
		space->lender = lender;
	return r;
}

void lend_claimed(struct file_space *space, const struct file *file, struct file_record *record)
{
	const struct os_socket_name none = { { 0, 0 } };
	int r = 0;

	if (file && !atomic_load(&file->is_elsewhere)) {
		file_record_set_lender(record, none);
		return;
	}
	pthread_mutex_lock(&space->lend_lock);
	if (!space->lender)
		r = start_locked(space);
	file_record_set_lender(record, r ? none : space->lender->name);
	pthread_mutex_unlock(&space->lend_lock);
}

void lend_file(struct file_space *space, struct file *file)
{
	atomic_store(&file->is_elsewhere, true);
	if (file->record && file_record_is_mine(file->record))
		lend_claimed(space, file, file->record);
}

void lend_all(struct file_space *space)
{
	struct file *file;

	pthread_mutex_lock(&space->files.lock);
	for (file = space->files.first; file; file = file->next)
		if (file->mm == mm_current())
			lend_file(space, file);
	pthread_mutex_unlock(&space->files.lock);
}

void lend_settle(struct file_space *space)
{
	struct file_lender *lender;
	uint64_t number;

	if (is_serving)
		return;
	pthread_mutex_lock(&space->lend_lock);
	lender = space->lender;
	if (lender) {
		number = ++lender->asked;
		wake(lender);
		while (lender->settled < number)
			pthread_cond_wait(&lender->has_settled, &space->lend_lock);
	}
	pthread_mutex_unlock(&space->lend_lock);
}

void lend_fini(struct file_space *space)
{
	struct file_lender *lender = space->lender;

	if (!lender)
		return;
	atomic_store(&lender->ends, true);
	wake(lender);
	pthread_join(lender->thread, NULL);
	free_lender(lender);
	space->lender = NULL;
}
