/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A token is the process number below and a random word above, made at the
 * first use and again in each forked child.
 */
#include "file/mm.h"

#include <pthread.h>
#include <stdatomic.h>
#include <urcu/urcu-bp.h>

#include "util/os.h"

#define PID_MASK UINT64_C(0xffffffff)

static _Atomic(uint64_t) current;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint64_t make_token(void)
{
	uint32_t random = 1;

	os_random(&random, sizeof(random));
	return (uint64_t)(random | 1) << 32 | (uint32_t)os_getpid();
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

bool mm_lives(uint64_t token)
{
	pid_t pid = (pid_t)(token & PID_MASK);

	/* What this process was before an exec is gone, though its number lives. */
	if (pid == os_getpid())
		return token == mm_current();
	return token && os_process_lives(pid);
}
