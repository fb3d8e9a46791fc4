/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A token is made at the first use and again in each forked child: the number
 * of the process, when it began, by which a number that was handed out again
 * is told apart, and a random word, because an exec changes neither.
 */
#include "file/mm.h"

#include <pthread.h>
#include <stdatomic.h>
#include <urcu/urcu-bp.h>

#include "util/os.h"

#define PID_BITS   22    /* [linux PID_MAX_LIMIT] */
#define START_BITS 24    /* of the ticks: two days pass until they come again */
#define PID_MASK   (bit64(PID_BITS) - 1)
#define START_MASK (bit64(START_BITS) - 1)

static _Atomic(uint64_t) current;
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
	urcu_bp_after_fork_child();
	atomic_store(&current, make_token());
}

static void begin(void)
{
	pthread_atfork(urcu_bp_before_fork, urcu_bp_after_fork_parent, after_fork_in_child);
	atomic_store(&current, make_token());
}

uint64_t mm_current(void)
{
	uint64_t token = atomic_load_explicit(&current, memory_order_relaxed);

	if (likely(token))
		return token;
	pthread_once(&once, begin);
	return atomic_load(&current);
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
