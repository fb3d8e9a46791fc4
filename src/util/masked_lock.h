/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock that a thread holds with all signals blocked, so that a handler may make the calls that take it. A fork
 * may be made under it, too; then the child finds nothing half done.
 */
#ifndef STCE_UTIL_MASKED_LOCK_H
#define STCE_UTIL_MASKED_LOCK_H

#include <pthread.h>
#include <signal.h>

struct masked_lock {
	pthread_mutex_t mutex;
	sigset_t before_fork;          /* what was blocked in the thread that forks */
};

#define MASKED_LOCK_INIT { .mutex = PTHREAD_MUTEX_INITIALIZER }

/* Sets *before to what was blocked, which masked_lock_leave() wants. */
static inline void masked_lock_enter(struct masked_lock *lock, sigset_t *before)
{
	sigset_t every;

	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, before);
	pthread_mutex_lock(&lock->mutex);
}

static inline void masked_lock_leave(struct masked_lock *lock, const sigset_t *before)
{
	pthread_mutex_unlock(&lock->mutex);
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

static inline void masked_lock_before_fork(struct masked_lock *lock)
{
	sigset_t before;

	masked_lock_enter(lock, &before);
	lock->before_fork = before;
}

/* In the parent and in the child. */
static inline void masked_lock_after_fork(struct masked_lock *lock)
{
	sigset_t before = lock->before_fork;

	masked_lock_leave(lock, &before);
}

#endif
