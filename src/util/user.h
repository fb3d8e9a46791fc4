/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of a program, which may lie anywhere or nowhere. Where they
 * are on the live part of the calling thread's own stack they are there for
 * sure and are copied plainly; else the kernel copies and judges.
 */
#ifndef STCE_UTIL_USER_H
#define STCE_UTIL_USER_H

#include "util/types.h"

/* Whether it is such memory, which comes at once and without fail. */
bool user_is_on_stack(const void *p, size_t size);
/* 0 or -EFAULT; nothing is promised about *to then. */
int user_read(void *to, const void *from, size_t size);
int user_write(void *to, const void *from, size_t size);
/* A string with its end, at most size bytes: -EFAULT, -EINVAL when longer. */
int user_read_string(char *to, const char *from, size_t size);

#endif
