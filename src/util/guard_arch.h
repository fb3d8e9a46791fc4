/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of a guarded copy that depends on the processor. Each of the files
 * guard_ARCH.c defines both functions by a few instructions between two labels:
 * a fault between them resumes at a third. guard_generic.c needs no assembly,
 * and serves every other processor.
 */
#ifndef STCE_UTIL_GUARD_ARCH_H
#define STCE_UTIL_GUARD_ARCH_H

#include <signal.h>

#include "util/types.h"

/* False when a fault ended the copy. */
bool guard_arch_copy(void *to, const void *from, size_t size);
/*
 * True if the fault was met by a copy, which then ends as soon as the handler
 * returns. May not return itself. Called by the signal handler only.
 */
bool guard_arch_catch(const siginfo_t *info, void *context);

/* 0 when the copy was whole. */
int stce_guard_run(void *to, const void *from, size_t size);
extern const char stce_guard_begin[], stce_guard_end[], stce_guard_fault[];

/* Where a thread resumes that has faulted at this address: 0 if no copy is there. */
static inline uintptr_t guard_resume(uintptr_t at)
{
	if (at >= (uintptr_t)stce_guard_begin && at < (uintptr_t)stce_guard_end)
		return (uintptr_t)stce_guard_fault;
	return 0;
}

#endif
