/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A token is made at the first use and again in each forked child: the number
 * of the process, when it began, by which a number that was handed out again
 * is told apart, and a random word, because an exec changes neither. It lies
 * in a page that the kernel empties in children, since not every fork is
 * libc's.
 */
#include "util/mm.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "util/os.h"

#define PID_BITS   22    /* [linux PID_MAX_LIMIT] */
#define START_BITS 24    /* of the ticks: two days pass until they come again */
#define PID_MASK   (bit64(PID_BITS) - 1)
#define START_MASK (bit64(START_BITS) - 1)

static _Atomic(uint64_t) fallback;          /* for kernels that empty no pages */
static _Atomic(_Atomic(uint64_t) *) current;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* 0 where /proc does not tell. */
static uint64_t start_of(pid_t pid)
{
	uint64_t ticks = 0;

	return os_process_start(pid, &ticks) ? 0 : ticks & START_MASK;
}

static uint64_t make_token(void)
{
	uint64_t random = 0;
	pid_t pid = os_getpid();

	os_random(&random, sizeof(random));
	return (random << START_BITS | start_of(pid)) << PID_BITS | (uint64_t)pid;
}

static void after_fork_in_child(void)
{
	atomic_store(atomic_load(&current), 0);
}

static _Atomic(uint64_t) *make_place(void)
{
	size_t size = (size_t)1 << os_page_shift();
	void *page = os_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(page))
		return &fallback;
	if (os_madvise(page, size, MADV_WIPEONFORK)) {
		os_munmap(page, size);
		return &fallback;
	}
	return page;
}

static void begin(void)
{
	atomic_store(&current, make_place());
	pthread_atfork(NULL, NULL, after_fork_in_child);
}

/* Threads that make one at once agree on the first. */
static uint64_t begin_token(void)
{
	uint64_t none = 0, token = make_token();

	return atomic_compare_exchange_strong(atomic_load(&current), &none, token) ? token : none;
}

uint64_t mm_current(void)
{
	_Atomic(uint64_t) *place = atomic_load_explicit(&current, memory_order_acquire);
	uint64_t token;

	if (unlikely(!place)) {
		pthread_once(&once, begin);
		place = atomic_load(&current);
	}
	token = atomic_load_explicit(place, memory_order_relaxed);
	return likely(token) ? token : begin_token();
}

/* Where nobody knows when it began, the number has to do. */
static bool began_then(pid_t pid, uint64_t then)
{
	uint64_t began = start_of(pid);

	return !began || !then || began == then;
}

bool mm_lives(uint64_t token)
{
	pid_t pid = (pid_t)(token & PID_MASK);

	/* What this process was before an exec is gone, though its number lives. */
	if (!token || pid == os_getpid())
		return token && token == mm_current();
	return os_process_lives(pid) && began_then(pid, token >> PID_BITS & START_MASK);
}
