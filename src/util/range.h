/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic on half-open ranges [start, start + length) of 64-bit addresses that cannot overflow:
 * a range that would pass 2^64 is contained in no range. It knows nothing of what the addresses
 * mean.
 */
#ifndef STCE_UTIL_RANGE_H
#define STCE_UTIL_RANGE_H

#include "util/types.h"

struct range {
	uint64_t start;
	uint64_t length;
};

/* Returns true if start + length does not fit in 64 bits; a sum of exactly 2^64 does not. */
static inline bool range_wraps(uint64_t start, uint64_t length)
{
	uint64_t end;

	return __builtin_add_overflow(start, length, &end);
}

/* An empty inner range is contained if its start lies inside the outer range or at its end. */
static inline bool range_contains(uint64_t start, uint64_t length,
				  uint64_t inner, uint64_t inner_length)
{
	return inner >= start && inner - start <= length &&
	       inner_length <= length - (inner - start);
}

static inline bool range_has(uint64_t start, uint64_t length, uint64_t address)
{
	return address >= start && address - start < length;
}

static inline bool ranges_overlap(uint64_t a, uint64_t a_length,
				  uint64_t b, uint64_t b_length)
{
	if (!a_length || !b_length)
		return false;
	return a <= b ? b - a < a_length : a - b < b_length;
}

#endif
