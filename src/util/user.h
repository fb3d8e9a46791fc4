/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies arguments of the program, whose addresses may be wrong. If they lie on the live part of
 * the calling thread's own stack, they are certainly mapped and are copied by memcpy(); otherwise
 * the kernel copies and finds out. What the bytes mean is the caller's.
 */
#ifndef STCE_UTIL_USER_H
#define STCE_UTIL_USER_H

#include "util/types.h"

/* Returns whether the memory is on that part of the stack. */
bool user_is_on_stack(const void *p, size_t size);
/* Returns 0 or -EFAULT. After -EFAULT the contents of *to are undefined. */
int user_read(void *to, const void *from, size_t size);
int user_write(void *to, const void *from, size_t size);
/* Reads a string of at most size bytes with its terminator. -EFAULT; -EINVAL if it is longer. */
int user_read_string(char *to, const char *from, size_t size);

#endif
