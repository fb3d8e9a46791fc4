/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C library's allocator with a counter for each thread, at whose end one allocation fails.
 * alloc.h says what the calls promise.
 */
#include "util/alloc.h"

#include <string.h>

static __thread int passes = -1;

static bool fails(void)
{
	return unlikely(passes >= 0) && passes-- == 0;
}

void *alloc_zero(size_t count, size_t size)
{
	return fails() ? NULL : calloc(count, size);
}

void *alloc_line(size_t size)
{
	void *memory = fails() ? NULL : aligned_alloc(CACHE_LINE_SIZE, size);

	return memory ? memset(memory, 0, size) : NULL;
}

void *alloc_resize(void *memory, size_t size)
{
	return fails() ? NULL : realloc(memory, size);
}

char *alloc_text(const char *text)
{
	return fails() ? NULL : strdup(text);
}

void alloc_fail_after(int n)
{
	passes = n;
}
