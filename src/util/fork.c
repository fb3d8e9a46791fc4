/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whoever forks takes the locks in the library's order. Handlers run before a
 * fork in the reverse order of their registration: ours is there before that
 * of the preload, whose lock lies outside.
 */
#include "util/fork.h"

#include <pthread.h>
#include <urcu/urcu-bp.h>

#include "util/own_fd.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void fork_lock(void)
{
	pthread_mutex_lock(&lock);
}

void fork_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static void before_fork(void)
{
	fork_lock();
	urcu_bp_before_fork();
	own_fd_before_fork();
}

static void after_fork_in_parent(void)
{
	own_fd_after_fork_in_parent();
	urcu_bp_after_fork_parent();
	fork_unlock();
}

static void after_fork_in_child(void)
{
	own_fd_after_fork_in_child();
	urcu_bp_after_fork_child();
	fork_unlock();
}

__attribute__((constructor(101))) static void begin(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
