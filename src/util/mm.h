/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names the memory of a process by a token that is never used again. Linux binds a container to the
 * mm of a process; here the token stands for the mm. Threads of a process have the same token, a
 * forked child gets a new one, and so does each executed program. No process has the token 0.
 */
#ifndef STCE_UTIL_MM_H
#define STCE_UTIL_MM_H

#include "util/types.h"

/* Returns the token of the calling process. This is cheap. */
uint64_t mm_current(void);
/* Returns whether a number could be a token. life_is() tells whether its process lives. */
bool mm_is_token(uint64_t token);
/* Only util/fork.c calls this. */
void mm_after_fork_in_child(void);

#endif
