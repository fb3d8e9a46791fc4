/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers and seeds of the model checks. MODEL_SEED=n, or n as the first argument, runs one
 * seed and tells every step. MODEL_SEEDS and MODEL_STEPS set the number of seeds and of steps, and MODEL_FIRST the first
 * seed. Each step is a call: "# calls N" is printed at the end, of which scripts/campaign makes its sums.
 */
#ifndef STCE_TESTS_MODEL_MODEL_H
#define STCE_TESTS_MODEL_MODEL_H

#include "testing.h"
#include "util/types.h"

struct model_run {
	uint64_t seed;
	unsigned int steps;
	uint64_t random;
	bool tells;
};

/* main() calls this before the tests. */
void model_arguments(int argc, char **argv);
/* Calls fn for every seed. */
void model_each_seed(unsigned int seeds, unsigned int steps, void (*fn)(struct model_run *run));

uint32_t model_below(struct model_run *run, uint32_t n);
static inline bool model_chance(struct model_run *run, uint32_t one_in)
{
	return model_below(run, one_in) == 0;
}

#define MODEL_PICK(run, array) ((array)[model_below((run), ARRAY_COUNT(array))])

#endif
