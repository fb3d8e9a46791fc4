/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeroed memory, or NULL: running out is an answer, not an end. Tests make
 * the n-th allocation of their thread fail, to walk every such path.
 */
#ifndef STCE_UTIL_ALLOC_H
#define STCE_UTIL_ALLOC_H

#include <stdlib.h>

#include "util/types.h"

void *alloc_zero(size_t count, size_t size);
/* On a cache line of its own; size is a multiple of that. */
void *alloc_line(size_t size);
/* What realloc() and strdup() do. */
void *alloc_resize(void *memory, size_t size);
char *alloc_text(const char *text);

/* From now on in this thread: let n allocations pass, then fail one; < 0: never. */
void alloc_fail_after(int n);

#define ALLOC(type) ((type *)alloc_zero(1, sizeof(type)))

#endif
