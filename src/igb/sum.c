/* SPDX-License-Identifier: BSD-2-Clause */
/* The arithmetic of sum.h. */
#include "igb/sum.h"

#include <string.h>

#define POLYNOMIAL_ETHERNET   0xedb88320u
#define POLYNOMIAL_CASTAGNOLI 0x82f63b78u

static uint16_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

uint16_t igb_sum(const uint8_t *bytes, size_t size)
{
	uint64_t sum = 0;
	uint32_t word;
	uint16_t half = 0;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum += word;
	}
	if (size >= sizeof(half)) {
		memcpy(&half, bytes, sizeof(half));
		sum += half;
		bytes += sizeof(half);
		size -= sizeof(half);
	}
	if (size) {
		half = 0;
		memcpy(&half, bytes, 1);
		sum += half;
	}
	return fold(sum);
}

uint16_t igb_sum_of(uint32_t value)
{
	const uint8_t bytes[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
				   (uint8_t)value };

	return igb_sum(bytes, sizeof(bytes));
}

static uint32_t crc(uint32_t polynomial, const uint8_t *bytes, size_t size)
{
	uint32_t crc = ~0u;

	while (size--) {
		crc ^= *bytes++;
		for (unsigned int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
	}
	return ~crc;
}

uint32_t igb_crc32(const uint8_t *bytes, size_t size)
{
	return crc(POLYNOMIAL_ETHERNET, bytes, size);
}

uint32_t igb_crc32c(const uint8_t *bytes, size_t size)
{
	return crc(POLYNOMIAL_CASTAGNOLI, bytes, size);
}

/* The window is the 32 bits of the key at the bit in hand. */
uint32_t igb_toeplitz(const uint8_t key[40], const uint8_t *bytes, size_t size)
{
	uint32_t window = (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | key[3];
	uint32_t hash = 0;

	for (size_t i = 0; i < size; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			if (bytes[i] & 0x80 >> bit)
				hash ^= window;
			window = window << 1 | (key[i + 4] >> (7 - bit) & 1);
		}
	}
	return hash;
}
