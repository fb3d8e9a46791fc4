/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inputs that are steps of equal size, so that a step that comes, goes or changes leaves the others as they are. A step
 * has what is done, and the bytes of the call; bytes that a call does not need are unused. steps_mutator.c mutates such
 * inputs, and knows from a target's grammar, which is in a file of its own, which calls are worth a try. Only a search
 * needs both: a replay does not.
 */
#ifndef STCE_TESTS_FUZZ_STEPS_H
#define STCE_TESTS_FUZZ_STEPS_H

#include "fuzz.h"

#define STEPS_SIZE 64u     /* bytes of a step */
#define STEPS_CALL 16u     /* bytes of a call in a grammar; those behind it are zero */

struct steps_grammar {
	const uint8_t (*call)[STEPS_CALL];
	uint32_t count;
};

/* Of the target that is searched. */
extern const struct steps_grammar steps_grammar;

/* Takes every step of an input. The last one may be shorter than the others. Returns the number of steps. */
static inline uint64_t steps_take(const uint8_t *data, size_t size, void (*take_step)(struct fuzz_input *in))
{
	uint64_t count = 0;

	for (size_t at = 0; at < size; at += STEPS_SIZE, count++)
		take_step(&(struct fuzz_input){ data + at, data + min_u64(at + STEPS_SIZE, size) });
	return count;
}

#endif
