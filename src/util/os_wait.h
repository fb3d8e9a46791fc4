/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for several descriptors, each told of once and then no more until it is asked for again.
 * As in os.h, each call is a raw system call and returns -errno. Which descriptors those are is the
 * caller's.
 */
#ifndef STCE_UTIL_OS_WAIT_H
#define STCE_UTIL_OS_WAIT_H

#include "util/types.h"

#define OS_WAIT_READABLE 1u
#define OS_WAIT_WRITABLE 2u

/* Returns a new set of descriptors to wait for, close-on-exec. */
int os_wait_set(void);
/*
 * Asks for a descriptor to be told of, by its key, when it can be read or written, also if that is
 * so already. An error or the far end's closing is told too.
 */
int os_wait_ask(int set, int fd, uint64_t key, unsigned int what);
/*
 * Waits for at most so many milliseconds; a negative number is no limit. Returns 1 and the key of a
 * descriptor, 0 if none is ready, which may be early, or -errno.
 */
int os_wait_for(int set, uint64_t *key, int milliseconds);

#endif
