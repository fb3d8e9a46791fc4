/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading memory that may go away under the reader, without a system call:
 * a fault inside the one guarded copy is caught by a signal handler, which
 * passes every other fault on to whoever had the signal before. Who sets a
 * handler later may pass faults on to ours.
 */
#ifndef STCE_UTIL_GUARD_H
#define STCE_UTIL_GUARD_H

#include "util/types.h"

/*
 * Takes SIGSEGV and SIGBUS, again where somebody has taken them since: whoever
 * sets a handler of its own later loses the protection until then. -errno.
 */
int guard_install(void);
/*
 * False when a fault ended the copy. Needs guard_install(). The kernel kills
 * where a thread faults that blocks these signals, so for such a thread the
 * kernel copies. A thread is asked at its first copy; one that blocks them
 * later says so by guard_ask().
 */
bool guard_copy(void *to, const void *from, size_t size);
/* Finds out whether the calling thread lets both signals in: a system call. */
void guard_ask(void);

#endif
