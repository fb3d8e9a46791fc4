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

/* Where the mm is kept, which is 0 before its first use. */
extern _Atomic(_Atomic(uint64_t) *) mm_place_;
uint64_t mm_draw_(void);

static inline uint64_t mm_drawn_(void)
{
	return atomic_load_explicit(atomic_load_explicit(&mm_place_, memory_order_acquire), memory_order_relaxed);
}

/* Returns the mm of the calling process. This is cheap. */
static inline uint64_t mm_current(void)
{
	uint64_t mm = mm_drawn_();

	return likely(mm) ? mm : mm_draw_();
}

/* Returns whether that mm, of a process, is the calling one's. It calls no function. */
static inline bool mm_is_current(uint64_t mm)
{
	return mm == mm_drawn_();
}

/* Returns whether a number could be an mm. life_is() tells whether its process lives. */
bool mm_is_possible(uint64_t mm);
/* Only util/fork.c calls this. */
void mm_after_fork_in_child(void);

#endif
