/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of seven bits to a byte, lowest first; bit 7 says that another byte follows. Zigzag puts
 * small negative numbers beside small positive ones.
 */
#ifndef STCE_RECORDING_VARINT_H
#define STCE_RECORDING_VARINT_H

#include "util/types.h"

#define VARINT_MAX 10

static inline uint8_t *varint_put(uint8_t *to, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		*to++ = (uint8_t)value | 0x80;
	*to++ = (uint8_t)value;
	return to;
}

/* Returns the byte behind the number, or NULL if it does not end before `end` or has more than 64 bits. */
static inline const uint8_t *varint_get(const uint8_t *from, const uint8_t *end, uint64_t *value)
{
	*value = 0;
	for (unsigned int shift = 0; shift < 7 * VARINT_MAX && from < end; shift += 7) {
		const uint8_t byte = *from++;

		if (shift == 63 && byte > 1)
			return NULL;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return from;
	}
	return NULL;
}

static inline uint64_t varint_zigzag(uint64_t difference)
{
	return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static inline uint64_t varint_unzigzag(uint64_t value)
{
	return value >> 1 ^ -(value & 1);
}

#endif
