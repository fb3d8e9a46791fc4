/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whoever forks takes the locks in the library's order. Handlers run before a
 * fork in the reverse order of their registration: ours is there before that
 * of the preload, whose lock lies outside.
 */
#include "util/fork.h"

#include <pthread.h>

#include "util/own_fd.h"
#include "util/rcu.h"

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
	own_fd_before_fork();
}

static void after_fork_in_parent(void)
{
	own_fd_after_fork_in_parent();
	fork_unlock();
}

static void after_fork_in_child(void)
{
	own_fd_after_fork_in_child();
	rcu_after_fork_in_child();
	fork_unlock();
}

void fork_begin(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
