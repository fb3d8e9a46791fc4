/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers the core's handlers for fork(): a fork takes the library's locks in their order, and
 * the child starts with a fresh mm, thread numbers and RCU records. Handlers that run before a
 * fork run in the reverse order of their registration. Ours is registered before the preload's, so
 * the preload's lock is taken first.
 */
#include "util/fork.h"

#include <pthread.h>

#include "util/apart_fd.h"
#include "util/mm.h"
#include "util/own_fd.h"
#include "util/thread.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*rcu_after_fork_in_child)(void);
static struct fork_handlers last;

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
	apart_fd_before_fork();
	own_fd_before_fork();
	if (last.before)
		last.before();
}

static void after_fork_in_parent(void)
{
	if (last.in_parent)
		last.in_parent();
	own_fd_after_fork_in_parent();
	apart_fd_after_fork();
	fork_unlock();
}

static void after_fork_in_child(void)
{
	mm_after_fork_in_child();
	thread_after_fork_in_child();
	own_fd_after_fork_in_child();
	apart_fd_after_fork();
	if (rcu_after_fork_in_child)
		rcu_after_fork_in_child();
	/* Its record is about the child, so it comes when the child is itself. */
	if (last.in_child)
		last.in_child();
	fork_unlock();
}

void fork_set_rcu(void (*after_fork)(void))
{
	rcu_after_fork_in_child = after_fork;
}

void fork_set_last(const struct fork_handlers *handlers)
{
	fork_lock();
	last = *handlers;
	fork_unlock();
}

/* The core registers here only, in a constructor of the same priority as RCU's. */
__attribute__((constructor(101))) static void begin(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
