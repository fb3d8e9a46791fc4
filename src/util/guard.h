/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies memory that may be unmapped meanwhile, without a system call. A signal handler ends the
 * guarded copy if that faults, offers every other fault to a hook, and passes the rest on to the
 * action that the signal had before. A handler that the program sets later may pass faults on to
 * ours. Whether the memory may be read at all is the caller's to know.
 */
#ifndef STCE_UTIL_GUARD_H
#define STCE_UTIL_GUARD_H

#include <signal.h>

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
/*
 * Sets what is asked about each fault that is no guarded copy's, before the program is. It returns 0
 * if the interrupted code goes on, or the number of the signal that the program gets; then *info is
 * what the program sees. Signals other than faults are blocked meanwhile. There is one hook.
 */
void guard_set_hook(int (*fn)(int number, siginfo_t *info, void *context));
/* Sets what guard_take() calls; NULL: guard_install(). */
void guard_set_taker(int (*fn)(void));
/* Returns whether guard_take() calls a function that was set. */
bool guard_has_taker(void);
/*
 * As guard_install(), but a program that has handlers of its own for both signals (the preload) keeps
 * them, and calls guard_fault() from them with all signals blocked but those of faults. -errno.
 */
int guard_take(void);
/* Returns whether guard_take() has succeeded: from then on any thread of ours may call guard_copy(). */
bool guard_is_taken(void);
/* Handles a fault, or returns the number of the signal that the program gets, as the hook does. */
int guard_fault(int number, siginfo_t *info, void *context);
/* Finds out, by a system call, whether the calling thread lets both signals in. */
void guard_ask(void);

#endif
