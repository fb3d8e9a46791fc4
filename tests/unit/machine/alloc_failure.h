/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STCE_TESTS_MACHINE_ALLOC_FAILURE_H
#define STCE_TESTS_MACHINE_ALLOC_FAILURE_H

#include <stdlib.h>

#include "util/alloc.h"

/* Tells whether the allocation that alloc_fail_after(n) lets fail was not reached; what was tried needs at most n then. */
static inline bool alloc_failure_is_left(int n)
{
	for (int i = 0; i <= n; i++) {
		void *p = alloc_zero(1, 1);

		if (!p)
			return true;
		free(p);
	}
	return false;
}

#endif
