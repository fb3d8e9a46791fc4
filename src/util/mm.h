/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers the memory of processes, because Linux binds a container to the mm of a process. Such a
 * number, called mm here too, is never used again. Threads of a process have the same mm, a forked
 * child gets a new one, and so does each executed program. No process has the mm 0.
 */
#ifndef STCE_UTIL_MM_H
#define STCE_UTIL_MM_H

#include "util/types.h"

/* Returns the mm of the calling process. This is cheap. */
uint64_t mm_current(void);
/* Returns whether a number could be an mm. life_is() tells whether its process lives. */
bool mm_is_possible(uint64_t mm);
/* Only util/fork.c calls this. */
void mm_after_fork_in_child(void);

#endif
