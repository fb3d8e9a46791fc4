/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the allocation of the library's memory. A call returns zeroed memory, or NULL when memory
 * runs out; it never ends the program, so each caller handles NULL. Tests make the n-th allocation
 * of their thread fail and so walk each of these paths. Memory of a chosen NUMA node is
 * util/numa.h's.
 */
#ifndef STCE_UTIL_ALLOC_H
#define STCE_UTIL_ALLOC_H

#include <stdlib.h>

#include "util/types.h"

void *alloc_zero(size_t count, size_t size);
/*
 * The memory starts at a cache line and shares no line. size must be a multiple of CACHE_LINE_SIZE.
 */
void *alloc_line(size_t size);
/* As realloc() and strdup(): new bytes are not zeroed. */
void *alloc_resize(void *memory, size_t size);
char *alloc_text(const char *text);

/* In this thread the next n allocations pass and the one after fails. A negative n: none fails. */
void alloc_fail_after(int n);

#define ALLOC(type) ((type *)alloc_zero(1, sizeof(type)))

#endif
