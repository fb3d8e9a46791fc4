/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of a guarded copy that depends on the processor. One of the files guard_ARCH.c is built
 * and defines these functions. An assembly version copies between two labels, and a fault between
 * them resumes at a third. guard_generic.c needs no assembly and serves every other processor.
 * Signals are guard.c's.
 */
#ifndef STCE_UTIL_GUARD_ARCH_H
#define STCE_UTIL_GUARD_ARCH_H

#include <signal.h>

#include "util/types.h"

/*
 * Returns false if a fault ended the copy. Eight aligned bytes are copied by one store, so that nobody
 * sees a part of them.
 */
bool guard_arch_copy(void *to, const void *from, size_t size);
/*
 * Returns true if the copy has faulted; it then ends as soon as the signal handler returns.
 * guard_generic.c does not return in that case, but jumps. The signal handler is the only caller.
 */
bool guard_arch_catch(const siginfo_t *info, void *context);

/* Returns where the thread of a signal's context is, or 0 on processors without a file of their own. */
uintptr_t guard_arch_pc(const void *context);

/* Returns 0 if it copied everything. */
int stce_guard_run(void *to, const void *from, size_t size);
extern const char stce_guard_begin[], stce_guard_end[], stce_guard_fault[];

/*
 * Returns the address at which a thread resumes that has faulted at `at`, or 0 if that is not
 * inside the copy.
 */
static inline uintptr_t guard_resume(uintptr_t at)
{
	if (at >= (uintptr_t)stce_guard_begin && at < (uintptr_t)stce_guard_end)
		return (uintptr_t)stce_guard_fault;
	return 0;
}

#endif
