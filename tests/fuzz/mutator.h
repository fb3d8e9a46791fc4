/* SPDX-License-Identifier: BSD-2-Clause */
/* What the mutators share: libFuzzer's functions, and the random numbers that a seed gives. The replay needs none of them. */
#ifndef STCE_TESTS_FUZZ_MUTATOR_H
#define STCE_TESTS_FUZZ_MUTATOR_H

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
				 size_t max_out, unsigned int seed);

static uint64_t mutator_state;

static inline void mutator_begin(unsigned int seed)
{
	mutator_state = (seed + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Returns a number below n. [xorshift64*] */
static inline uint32_t mutator_below(uint32_t n)
{
	mutator_state ^= mutator_state >> 12;
	mutator_state ^= mutator_state << 25;
	mutator_state ^= mutator_state >> 27;
	return (uint32_t)((mutator_state * UINT64_C(2685821657736338717) >> 32) * n >> 32);
}

#endif
