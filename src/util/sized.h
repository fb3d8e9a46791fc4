/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills a structure of the program's, which may be older or newer than ours: its size is the one that
 * the program was compiled with, and structures grow at their end only.
 */
#ifndef STCE_UTIL_SIZED_H
#define STCE_UTIL_SIZED_H

#include <string.h>

#include "util/types.h"

/* Writes as much as fits of what we know, and zeros behind it. */
static inline void sized_give(void *to, size_t size, const void *from, size_t known)
{
	size_t length = min_u64(size, known);

	memcpy(to, from, length);
	memset((char *)to + length, 0, size - length);
}

#endif
