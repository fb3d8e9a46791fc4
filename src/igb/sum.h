/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Internet checksums [RFC 1071], Toeplitz hashes and cyclic checksums. A sum is a ones-complement sum
 * of 16-bit words in the order in which they lie in memory, so it is stored as it is.
 */
#ifndef STCE_IGB_SUM_H
#define STCE_IGB_SUM_H

#include "util/types.h"

/* Adds up `size` bytes from an even place of the summed data on. */
uint16_t igb_sum(const uint8_t *bytes, size_t size);
static inline uint16_t igb_sum_add(uint16_t a, uint16_t b)
{
	uint32_t sum = (uint32_t)a + b;

	return (uint16_t)(sum + (sum >> 16));
}
/* Returns a number as the sum of its big-endian bytes. */
uint16_t igb_sum_of(uint32_t value);
/* CRC-32 of Ethernet, and CRC-32C of SCTP; both are stored little-endian. */
uint32_t igb_crc32(const uint8_t *bytes, size_t size);
uint32_t igb_crc32c(const uint8_t *bytes, size_t size);
/* Hashes at most 36 bytes with a key of 40. */
uint32_t igb_toeplitz(const uint8_t key[40], const uint8_t *bytes, size_t size);

#endif
