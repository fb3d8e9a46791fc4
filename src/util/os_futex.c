/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements os_futex.h. The words are shared between processes, so FUTEX_PRIVATE_FLAG is not set. */
#include "util/os_futex.h"

#include <limits.h>
#include <linux/futex.h>

#include "util/os_call.h"

int os_futex_wait(_Atomic(uint32_t) *word, uint32_t value)
{
	return (int)CALL(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

void os_futex_wake(_Atomic(uint32_t) *word)
{
	CALL(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
