/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies arguments of the program, whose addresses may be wrong. If they lie on the live part of
 * the calling thread's own stack, they are certainly mapped and are copied by memcpy(); otherwise
 * the kernel copies and finds out. What the bytes mean is the caller's.
 */
#ifndef STCE_UTIL_USER_H
#define STCE_UTIL_USER_H

#include <string.h>

#include "util/types.h"

/*
 * Sets what tells whether the calling thread runs a signal handler; NULL: no thread ever does. A
 * handler may have interrupted malloc() or the C library's own lookup of the stack, whose locks ours
 * would wait for.
 */
void user_set_in_handler(bool (*fn)(void));

/*
 * The bounds of the calling thread's stack. Unless they are known, `low` is above every address. `high` is 0 until
 * they have been looked up.
 */
struct user_stack {
	uintptr_t low, high;
};

extern __thread struct user_stack user_stack_;
void user_find_stack_(void);
int user_read_elsewhere_(void *to, const void *from, size_t size);
int user_write_elsewhere_(void *to, const void *from, size_t size);

/* Does what user_is_on_stack() does without a call, but returns false if the stack has not been looked up yet. */
static inline bool user_is_on_known_stack(const void *p, size_t size)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t at = (uintptr_t)p;

	return here >= user_stack_.low && at > here && at <= user_stack_.high - size;
}

/*
 * Returns whether the memory is on that part of the stack: above our own frame, on the stack that we
 * run on. false in a handler of a thread whose stack has not been looked up yet.
 */
static inline bool user_is_on_stack(const void *p, size_t size)
{
	if (unlikely(!user_stack_.high))
		user_find_stack_();
	return user_is_on_known_stack(p, size);
}

/* Returns 0 or -EFAULT. After -EFAULT the contents of *to are undefined. */
static inline int user_read(void *to, const void *from, size_t size)
{
	if (unlikely(!user_is_on_stack(from, size)))
		return user_read_elsewhere_(to, from, size);
	memcpy(to, from, size);
	return 0;
}

static inline int user_write(void *to, const void *from, size_t size)
{
	if (unlikely(!user_is_on_stack(to, size)))
		return user_write_elsewhere_(to, from, size);
	memcpy(to, from, size);
	return 0;
}

/* Reads a string of at most size bytes with its terminator. -EFAULT; -EINVAL if it is longer. */
int user_read_string(char *to, const char *from, size_t size);

#endif
