/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that has refused process_vm_readv() or process_vm_writev() once is not asked again. The
 * bytes then go through a pair of sockets, in steps that lie inside one page on both sides: a step
 * is copied whole or not at all, so the count of bytes before a fault is exact. Sockets are used,
 * not a pipe or a file, because os_send() writes to sockets only: if the program closes all
 * descriptors by raw system calls and opens a file under the same number, no byte gets into that
 * file and no SIGPIPE is raised.
 *
 * The pairs are a pool. A copy claims one pair, has it alone, and leaves it empty. The claim is by
 * the mm of the process (util/mm.h), so a forked child can claim a pair that a thread of its
 * parent held. The child makes new sockets in it, because parent and child could read each other's
 * bytes from the same pair.
 */
#include "util/os_copy.h"

#include <errno.h>
#include <stdatomic.h>

#include "util/mm.h"
#include "util/os.h"
#include "util/own_fd.h"

#define PAIR_COUNT 64
/* No page is smaller, and an empty socket has room for this much. */
#define STEP_SIZE  4096

struct pair {
	_Atomic(uint64_t) holder;       /* 0, or the process whose thread has the pair and alone uses the rest */
	uint64_t maker;                 /* the process that made both ends */
	struct own_fd *reader, *writer; /* NULL until made */
};

/* A position in a list of pieces. */
struct cursor {
	const struct iovec *piece, *end;
	size_t at;                      /* offset in the piece */
};

static struct pair pairs[PAIR_COUNT];
static _Atomic(bool) is_refused;

/*
 * Clears the pointer before it frees: a fork in between leaves a descriptor open in the child, but
 * no pointer to freed memory.
 */
static void forget(struct own_fd **place)
{
	struct own_fd *own = *place;

	*place = NULL;
	own_fd_free(own);
}

static int make(struct pair *pair)
{
	int ends[2], r;

	forget(&pair->reader);
	forget(&pair->writer);
	r = os_socket_pair(ends);
	if (r)
		return r;
	r = own_fd_new(ends[0], &pair->reader);
	if (r) {
		os_close(ends[1]);
		return r;
	}
	r = own_fd_new(ends[1], &pair->writer);
	if (!r)
		pair->maker = mm_current();
	return r;
}

/* Enters both ends until leave(). Fails if an end is lost or another process made it. */
static bool enter(const struct pair *pair, int *reader, int *writer)
{
	if (!pair->reader || !pair->writer || pair->maker != mm_current())
		return false;
	*reader = own_fd_enter(pair->reader);
	if (*reader < 0)
		return false;
	*writer = own_fd_enter(pair->writer);
	if (*writer < 0)
		own_fd_leave(pair->reader);
	return *writer >= 0;
}

static void leave(const struct pair *pair)
{
	own_fd_leave(pair->writer);
	own_fd_leave(pair->reader);
}

/* Claims the first pair that no thread of this process holds. Waits while there is none. */
static struct pair *claim_pair(void)
{
	const uint64_t mm = mm_current();

	for (;; os_yield()) {
		for (unsigned int i = 0; i < PAIR_COUNT; i++) {
			uint64_t holder = atomic_load(&pairs[i].holder);

			if (holder != mm && atomic_compare_exchange_strong(&pairs[i].holder, &holder, mm))
				return &pairs[i];
		}
	}
}

static void give_back(struct pair *pair)
{
	atomic_store(&pair->holder, 0);
}

/* Skips pieces without bytes. Returns false at the end of the list. */
static bool has_bytes(struct cursor *cursor)
{
	while (cursor->piece < cursor->end && cursor->at == cursor->piece->iov_len) {
		cursor->piece++;
		cursor->at = 0;
	}
	return cursor->piece < cursor->end;
}

static char *address_of(const struct cursor *cursor)
{
	return (char *)cursor->piece->iov_base + cursor->at;
}

/* Returns the number of bytes before the end of the piece or the page, whichever is nearer. */
static size_t bytes_of(const struct cursor *cursor)
{
	return min_u64(cursor->piece->iov_len - cursor->at, STEP_SIZE - (uintptr_t)address_of(cursor) % STEP_SIZE);
}

/* Moves one step. The pair is empty before and after. */
static int move(int reader, int writer, char *to, const char *from, size_t size)
{
	char rest[STEP_SIZE];
	ssize_t put = os_send(writer, from, size), got;

	if (put <= 0)
		return put ? (int)put : -EFAULT;
	got = put == (ssize_t)size ? os_receive(reader, to, size) : -EFAULT;
	if (got != (ssize_t)size)
		os_receive(reader, rest, sizeof(rest));
	return got == (ssize_t)size ? 0 : -EFAULT;
}

static ssize_t copy_lists(int reader, int writer, struct cursor to, struct cursor from)
{
	ssize_t done = 0;

	while (has_bytes(&to) && has_bytes(&from)) {
		size_t step = min_u64(bytes_of(&to), bytes_of(&from));
		int r = move(reader, writer, address_of(&to), address_of(&from), step);

		if (r)
			return done ? done : r;
		done += (ssize_t)step;
		to.at += step;
		from.at += step;
	}
	return done;
}

/* Enters both ends and makes them if they are missing. */
static int prepare(struct pair *pair, int *reader, int *writer)
{
	int r;

	if (enter(pair, reader, writer))
		return 0;
	r = make(pair);
	if (r)
		return r;
	return enter(pair, reader, writer) ? 0 : -EBADF;
}

/*
 * If a pair cannot be made, because descriptors run out, the copy tries again until it gets one
 * that works. It gives up only if the first pair cannot be made.
 */
static ssize_t copy_by_socket(struct cursor to, struct cursor from)
{
	for (;; os_yield()) {
		struct pair *pair = claim_pair();
		bool is_first = pair == pairs;
		int reader, writer;
		ssize_t r = prepare(pair, &reader, &writer);
		bool is_ready = r == 0;

		if (is_ready) {
			r = copy_lists(reader, writer, to, from);
			leave(pair);
		}
		give_back(pair);
		if (is_ready || is_first)
			return r;
	}
}

static struct cursor start_of(const struct iovec *list, size_t count)
{
	return (struct cursor){ list, list + count, 0 };
}

/* Returns whether the system refused the call itself, and remembers that. */
static bool was_refused(ssize_t r)
{
	if (r != -ENOSYS && r != -EPERM)
		return false;
	atomic_store_explicit(&is_refused, true, memory_order_relaxed);
	return true;
}

ssize_t os_copy_from(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program)
{
	if (likely(!atomic_load_explicit(&is_refused, memory_order_relaxed))) {
		ssize_t r = os_vm_read(local, n_local, program, n_program);

		if (!was_refused(r))
			return r;
	}
	return copy_by_socket(start_of(local, n_local), start_of(program, n_program));
}

ssize_t os_copy_to(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program)
{
	if (likely(!atomic_load_explicit(&is_refused, memory_order_relaxed))) {
		ssize_t r = os_vm_write(local, n_local, program, n_program);

		if (!was_refused(r))
			return r;
	}
	return copy_by_socket(start_of(program, n_program), start_of(local, n_local));
}

int os_copy_begin(void)
{
	char from = 0, to;
	struct iovec local = { &to, 1 }, program = { &from, 1 };
	ssize_t r = os_copy_from(&local, 1, &program, 1);

	return r < 0 ? (int)r : 0;
}
