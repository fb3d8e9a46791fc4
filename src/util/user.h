/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies arguments of the program, whose addresses may be wrong. If they lie on the live part of
 * the calling thread's own stack, they are certainly mapped and are copied by memcpy(); otherwise
 * the kernel copies and finds out. What the bytes mean is the caller's.
 */
#ifndef STCE_UTIL_USER_H
#define STCE_UTIL_USER_H

#include "util/types.h"

/*
 * Sets what tells whether the calling thread runs a signal handler; NULL: no thread ever does. A
 * handler may have interrupted malloc() or the C library's own lookup of the stack, whose locks ours
 * would wait for.
 */
void user_set_in_handler(bool (*fn)(void));
/*
 * Returns whether the memory is on that part of the stack. false in a handler of a thread whose
 * stack has not been looked up yet.
 */
bool user_is_on_stack(const void *p, size_t size);
/* Returns 0 or -EFAULT. After -EFAULT the contents of *to are undefined. */
int user_read(void *to, const void *from, size_t size);
int user_write(void *to, const void *from, size_t size);
/* Reads a string of at most size bytes with its terminator. -EFAULT; -EINVAL if it is longer. */
int user_read_string(char *to, const char *from, size_t size);

#endif
