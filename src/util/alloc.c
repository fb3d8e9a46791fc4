/* SPDX-License-Identifier: BSD-2-Clause */
/* calloc with a fuse. */
#include "util/alloc.h"

static __thread int passes = -1;

void *alloc_zero(size_t count, size_t size)
{
	if (unlikely(passes >= 0) && passes-- == 0)
		return NULL;
	return calloc(count, size);
}

void alloc_fail_after(int n)
{
	passes = n;
}
