/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose memory this is, and nobody else's ever after. Linux binds a container to the mm of a process; a
 * token stands for it here: threads share it, a forked child gets a new one,
 * and so does every program. 0 is nobody's.
 */
#ifndef STCE_UTIL_MM_H
#define STCE_UTIL_MM_H

#include "util/types.h"

/* The token of the calling process. Cheap. */
uint64_t mm_current(void);
/* Whether a number could be one. Whether its process lives: util/life.h. */
bool mm_is_token(uint64_t token);
/* For util/fork.c. */
void mm_after_fork_in_child(void);

#endif
