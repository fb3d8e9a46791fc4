/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts that all fuzz targets share: the input as a stream of bytes, which continues with
 * zeroes, a check that ends the program if it fails, and a count of the calls that the inputs have made, which is printed
 * as "# calls N" when the program ends: scripts/campaign makes its sums of these lines.
 *
 * A target is one LLVMFuzzerTestOneInput(). tests/fuzz/run NAME builds it with libFuzzer and lets
 * it search; the tests only replay the corpus.
 */
#ifndef STCE_TESTS_FUZZ_H
#define STCE_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t fuzz_calls;

__attribute__((destructor)) static void fuzz_tell_calls(void)
{
	/* A target's mutator includes this file too, and makes no calls. */
	if (fuzz_calls)
		printf("# calls %llu\n", (unsigned long long)fuzz_calls);
}

struct fuzz_input {
	const uint8_t *at, *end;
};

static inline bool fuzz_has_more(const struct fuzz_input *in)
{
	return in->at < in->end;
}

static inline uint64_t fuzz_take(struct fuzz_input *in, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (uint64_t)(in->at < in->end ? *in->at++ : 0) << (8 * i);
	return value;
}

#define fuzz_u8(in)  ((uint8_t)fuzz_take((in), 1))
#define fuzz_u16(in) ((uint16_t)fuzz_take((in), 2))
#define fuzz_u32(in) ((uint32_t)fuzz_take((in), 4))
#define fuzz_u64(in) fuzz_take((in), 8)

#define FUZZ_CHECK(condition) do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
