/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements os_futex.h. The words are shared between processes, so FUTEX_PRIVATE_FLAG is not set. */
#include "util/os_futex.h"

#include <limits.h>
#include <linux/futex.h>
#include <time.h>

#include "util/os_call.h"

#define NS_PER_SECOND UINT64_C(1000000000)

int os_futex_wait(_Atomic(uint32_t) *word, uint32_t value)
{
	return (int)CALL(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

int os_futex_wait_for(_Atomic(uint32_t) *word, uint32_t value, uint64_t ns)
{
	struct timespec limit = { (time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND) };

	return (int)CALL(SYS_futex, word, FUTEX_WAIT, value, &limit, NULL, 0);
}

void os_futex_wake(_Atomic(uint32_t) *word)
{
	CALL(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
