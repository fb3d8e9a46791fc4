/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a word in memory that several processes map. As in os.h, each call is a raw system
 * call and returns -errno.
 */
#ifndef STCE_UTIL_OS_FUTEX_H
#define STCE_UTIL_OS_FUTEX_H

#include <stdatomic.h>

#include "util/types.h"

/*
 * Waits until another thread or process wakes the word. -EAGAIN: the word has another value than
 * `value`; -EINTR, or another -errno. It may return 0 for no reason.
 */
int os_futex_wait(_Atomic(uint32_t) *word, uint32_t value);
/* As os_futex_wait(), but for at most so many nanoseconds: -ETIMEDOUT. */
int os_futex_wait_for(_Atomic(uint32_t) *word, uint32_t value, uint64_t ns);
/* Wakes all that wait. */
void os_futex_wake(_Atomic(uint32_t) *word);

#endif
