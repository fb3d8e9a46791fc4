/* SPDX-License-Identifier: BSD-2-Clause */
#include "model.h"

#include <stdlib.h>

static uint64_t one_seed;
static bool has_one_seed;

static uint64_t environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

void model_arguments(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("MODEL_SEED");

	has_one_seed = text && *text;
	if (has_one_seed)
		one_seed = strtoull(text, NULL, 0);
}

static void run_seed(uint64_t seed, unsigned int steps, bool tells, void (*fn)(struct model_run *run))
{
	struct model_run run = {
		.seed = seed,
		.steps = steps,
		.random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15),
		.tells = tells,
	};

	fn(&run);
}

void model_each_seed(unsigned int seeds, unsigned int steps, void (*fn)(struct model_run *run))
{
	uint64_t first;

#ifdef __SANITIZE_ADDRESS__
	/*
	 * Under ASAN the kernel's view of our memory, which registering reads, is large and slow.
	 */
	seeds = seeds / 6 + 1;
#endif
	seeds = (unsigned int)environment("MODEL_SEEDS", seeds);
	steps = (unsigned int)environment("MODEL_STEPS", steps);
	first = environment("MODEL_FIRST", 1);
	if (has_one_seed)
		run_seed(one_seed, steps, true, fn);
	else
		for (unsigned int i = 0; i < seeds; i++)
			run_seed(first + i, steps, false, fn);
	print_message("# calls %llu\n", (unsigned long long)steps * (has_one_seed ? 1 : seeds));
}

/* [xorshift64*] */
uint32_t model_below(struct model_run *run, uint32_t n)
{
	run->random ^= run->random >> 12;
	run->random ^= run->random << 25;
	run->random ^= run->random >> 27;
	return (uint32_t)((run->random * UINT64_C(2685821657736338717) >> 32) * n >> 32);
}
