/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each descriptor is an object in a list and a bit at its number. The bit tells our numbers from
 * all others without a lock. No other lock is taken under the lock here. Signals are blocked while
 * it is held, so a handler may close and duplicate descriptors.
 */
#include "util/own_fd.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdatomic.h>

#include "util/alloc.h"
#include "util/masked_lock.h"
#include "util/os.h"
#include "util/reason.h"

#define NUMBER_COUNT (1 << 20)
#define MOVING       (-1000)                         /* neither an errno nor a number */
#define PATIENCE_NS  (UINT64_C(5) * 1000000000)      /* how long threads inside are waited for */

struct own_fd {
	_Atomic(int) number;                /* -EBADF if the file is lost */
	_Atomic(unsigned int) users;        /* threads inside; those that enter during MOVING leave at once */
	uint64_t dev, ino;
	struct own_fd *next, **link;        /* under the lock */
};

static struct masked_lock lock = MASKED_LOCK_INIT;
static struct own_fd *all;
static _Atomic(uint64_t) numbers[NUMBER_COUNT / 64];
static _Atomic(int) highest = -1;           /* no bit above this one has ever been set */

bool own_fd_has(int fd)
{
	return fd >= 0 && fd < NUMBER_COUNT &&
	       atomic_load_explicit(&numbers[fd / 64], memory_order_acquire) & bit64(fd % 64);
}

static bool is_same(const struct own_fd *own, int fd)
{
	uint64_t dev, ino;

	return os_fstat(fd, &dev, &ino, NULL, NULL) == 0 && dev == own->dev && ino == own->ino;
}

static struct own_fd *find_locked(int fd)
{
	struct own_fd *own = own_fd_has(fd) ? all : NULL;

	while (own && atomic_load(&own->number) != fd)
		own = own->next;
	return own;
}

static void lose_locked(struct own_fd *own)
{
	int fd = atomic_exchange(&own->number, -EBADF);

	atomic_fetch_and(&numbers[fd / 64], ~bit64(fd % 64));
	(void)REASON(-EBADF, "descriptor %d, held by the library, was closed by a system call that is not caught", fd);
}

/* The kernel has just given us the number, so a descriptor of ours that had it before is lost. */
static void claim_locked(int fd)
{
	struct own_fd *former = find_locked(fd);

	if (former)
		lose_locked(former);
	if (fd > atomic_load(&highest))
		atomic_store(&highest, fd);
	atomic_fetch_or(&numbers[fd / 64], bit64(fd % 64));
}

static int duplicate_locked(int fd)
{
	int high = os_dup_high(fd);

	if (high >= NUMBER_COUNT) {
		os_close(high);
		return -EMFILE;
	}
	if (high >= 0)
		claim_locked(high);
	return high;
}

int own_fd_dup(int fd, struct own_fd **out)
{
	struct own_fd *own = ALLOC(struct own_fd);
	sigset_t before;
	int high;

	if (!own)
		return -ENOMEM;
	masked_lock_enter(&lock, &before);
	high = duplicate_locked(fd);
	if (high >= 0) {
		os_fstat(high, &own->dev, &own->ino, NULL, NULL);
		atomic_init(&own->number, high);
		own->next = all;
		own->link = &all;
		if (all)
			all->link = &own->next;
		all = own;
	}
	masked_lock_leave(&lock, &before);
	if (high < 0) {
		free(own);
		return high;
	}
	*out = own;
	return 0;
}

int own_fd_new(int fd, struct own_fd **own)
{
	int r = fd < 0 ? fd : own_fd_dup(fd, own);

	if (fd >= 0)
		os_close(fd);
	return r;
}

void own_fd_free(struct own_fd *own)
{
	sigset_t before;
	int fd;

	if (!own)
		return;
	masked_lock_enter(&lock, &before);
	fd = atomic_load(&own->number);
	if (fd >= 0 && !is_same(own, fd)) {
		lose_locked(own);
	} else if (fd >= 0) {
		atomic_fetch_and(&numbers[fd / 64], ~bit64(fd % 64));
		os_close(fd);
	}
	*own->link = own->next;
	if (own->next)
		own->next->link = own->link;
	masked_lock_leave(&lock, &before);
	free(own);
}

/*
 * Looks again, under the lock, at a number that did not refer to our file. Taking the lock waits
 * for a thread that moves it.
 */
static void look_again(struct own_fd *own, int fd)
{
	sigset_t before;

	masked_lock_enter(&lock, &before);
	if (atomic_load(&own->number) == fd && !is_same(own, fd))
		lose_locked(own);
	masked_lock_leave(&lock, &before);
}

int own_fd_enter(struct own_fd *own)
{
	for (;;) {
		int fd;

		atomic_fetch_add(&own->users, 1);
		fd = atomic_load(&own->number);
		if (likely(fd >= 0 && is_same(own, fd)))
			return fd;
		own_fd_leave(own);
		if (fd == -EBADF)
			return fd;
		look_again(own, fd);
	}
}

int own_fd_try_enter(struct own_fd *own)
{
	int fd;

	atomic_fetch_add(&own->users, 1);
	fd = atomic_load(&own->number);
	if (likely(fd >= 0 && is_same(own, fd)))
		return fd;
	own_fd_leave(own);
	return fd == MOVING ? -EAGAIN : -EBADF;
}

void own_fd_leave(struct own_fd *own)
{
	atomic_fetch_sub(&own->users, 1);
}

int own_fd_peek(struct own_fd *own)
{
	int fd;

	while ((fd = atomic_load(&own->number)) == MOVING)
		look_again(own, fd);
	return fd;
}

bool own_fd_is_lost(const struct own_fd *own)
{
	return atomic_load(&own->number) == -EBADF;
}

static bool has_gone_locked(int fd)
{
	struct own_fd *own = find_locked(fd);
	bool gone = !own || !is_same(own, fd);

	if (own && gone)
		lose_locked(own);
	return gone;
}

bool own_fd_has_gone(int fd)
{
	sigset_t before;
	bool gone;

	masked_lock_enter(&lock, &before);
	gone = has_gone_locked(fd);
	masked_lock_leave(&lock, &before);
	return gone;
}

/* Returns our first number from fd on, or NUMBER_COUNT if there is none. */
static unsigned int next_number(unsigned int fd)
{
	unsigned int end = (unsigned int)atomic_load(&highest) + 1;

	while (fd < end) {
		uint64_t rest = atomic_load(&numbers[fd / 64]) >> fd % 64;

		if (rest)
			return fd + (unsigned int)__builtin_ctzll(rest);
		fd = (fd | 63) + 1;
	}
	return NUMBER_COUNT;
}

/*
 * As next_number(), but skips numbers that have come to mean another file: they are the program's,
 * so they must be closed.
 */
static unsigned int next_of_ours_locked(unsigned int fd)
{
	while ((fd = next_number(fd)) < NUMBER_COUNT && has_gone_locked((int)fd))
		fd++;
	return fd;
}

int own_fd_close_range(unsigned int first, unsigned int last, int flags)
{
	sigset_t before;
	int r = 0;

	/*
	 * These calls close nothing of ours: CLOSE_RANGE_CLOEXEC only sets a flag, which ours have
	 * anyway, and the kernel refuses unknown flags and a range that ends before it begins.
	 */
	if (flags & ~CLOSE_RANGE_UNSHARE || first > last)
		return os_close_range(first, last, flags);
	masked_lock_enter(&lock, &before);
	for (;;) {
		unsigned int ours = next_of_ours_locked(first);

		if (ours == NUMBER_COUNT || ours > last)
			break;
		if (ours > first)
			r = os_close_range(first, ours - 1, flags);
		if (r || ours == last)
			goto unlock;
		first = ours + 1;
	}
	r = os_close_range(first, last, flags);
unlock:
	masked_lock_leave(&lock, &before);
	return r;
}

/* Waits until no thread uses the number. */
static int await_users(const struct own_fd *own)
{
	uint64_t end = os_now_ns() + PATIENCE_NS;

	while (atomic_load(&own->users)) {
		if (os_now_ns() > end)
			return REASON(-EBUSY, "the library is still using this descriptor");
		os_sleep_us(50);
	}
	return 0;
}

static int move_locked(struct own_fd *own)
{
	int old = atomic_load(&own->number), moved, r;

	if (!is_same(own, old)) {
		lose_locked(own);
		return 0;
	}
	moved = duplicate_locked(old);
	if (moved < 0)
		return moved;
	atomic_store(&own->number, MOVING);
	r = await_users(own);
	if (r) {
		atomic_store(&own->number, old);
		old = moved;
	} else {
		atomic_store(&own->number, moved);
	}
	atomic_fetch_and(&numbers[old / 64], ~bit64(old % 64));
	os_close(old);
	return r;
}

int own_fd_replace(int fd, int copy, int flags)
{
	struct own_fd *own;
	sigset_t before;
	int r;

	masked_lock_enter(&lock, &before);
	own = find_locked(copy);
	if (find_locked(fd))
		r = REASON(-EBADF, "descriptor %d is held by the library", fd);
	else
		r = own ? move_locked(own) : 0;
	/* We hold the lock, so no descriptor of ours can get the number meanwhile. */
	if (!r)
		r = os_dup3(fd, copy, flags);
	masked_lock_leave(&lock, &before);
	return r;
}

void own_fd_before_fork(void)
{
	masked_lock_before_fork(&lock);
}

void own_fd_after_fork_in_parent(void)
{
	masked_lock_after_fork(&lock);
}

/* Threads that were inside are the parent's; the child has none of them. */
void own_fd_after_fork_in_child(void)
{
	for (struct own_fd *own = all; own; own = own->next)
		atomic_store(&own->users, 0);
	own_fd_after_fork_in_parent();
}
