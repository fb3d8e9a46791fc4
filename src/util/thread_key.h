/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets a thread's value of a key. The C library may allocate memory for that, and errno does not change, because a
 * thread's first call of the library may be one that never changes it (file_ops.quick_ioctl).
 */
#ifndef STCE_UTIL_THREAD_KEY_H
#define STCE_UTIL_THREAD_KEY_H

#include <errno.h>
#include <pthread.h>

/* Returns 0, or an error as pthread_setspecific(3) does. */
static inline int thread_key_set(pthread_key_t key, const void *value)
{
	int saved = errno, r = pthread_setspecific(key, value);

	errno = saved;
	return r;
}

#endif
