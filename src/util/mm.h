/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers the memory of processes, because Linux binds a container to the mm of a process. Such a
 * number, called mm here too, is never used again. Threads of a process have the same mm, a forked
 * child gets a new one, and so does each executed program. No process has the mm 0.
 */
#ifndef STCE_UTIL_MM_H
#define STCE_UTIL_MM_H

#include <stdatomic.h>

#include "util/types.h"

/* Where the mm is kept; NULL before its first use. */
extern _Atomic(_Atomic(uint64_t) *) mm_place_;
uint64_t mm_draw_(void);

/* Returns the mm of the calling process. This is cheap. */
static inline uint64_t mm_current(void)
{
	_Atomic(uint64_t) *place = atomic_load_explicit(&mm_place_, memory_order_acquire);
	uint64_t mm = likely(place) ? atomic_load_explicit(place, memory_order_relaxed) : 0;

	return likely(mm) ? mm : mm_draw_();
}

/* Returns whether a number could be an mm. life_is() tells whether its process lives. */
bool mm_is_possible(uint64_t mm);
/* Only util/fork.c calls this. */
void mm_after_fork_in_child(void);

#endif
