/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies memory that may be unmapped meanwhile, without a system call. A signal handler ends the
 * guarded copy if that faults, and passes every other fault on to the action that the signal had
 * before. A handler that the program sets later may pass faults on to ours. Whether the memory may
 * be read at all is the caller's to know.
 */
#ifndef STCE_UTIL_GUARD_H
#define STCE_UTIL_GUARD_H

#include "util/types.h"

/*
 * Sets our handlers for SIGSEGV and SIGBUS. If the program sets a handler of its own later, guarded
 * copies are unprotected until the next call, which sets ours again. -errno.
 */
int guard_install(void);
/*
 * Returns false if a fault ended the copy. guard_install() must have been called. The kernel kills
 * a thread that faults while it blocks these signals, so for such a thread the kernel copies. A
 * thread's mask is asked for at its first copy; a thread that blocks them later must call
 * guard_ask().
 */
bool guard_copy(void *to, const void *from, size_t size);
/* Finds out, by a system call, whether the calling thread lets both signals in. */
void guard_ask(void);

#endif
