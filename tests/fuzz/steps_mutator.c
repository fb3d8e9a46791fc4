/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutates steps: one comes, goes, is repeated, changes its place, or changes in itself. New steps are calls of the
 * grammar, or nearly such calls.
 */
#include "steps.h"

#include "mutator.h"

static size_t insert(uint8_t *data, size_t size, size_t max, uint32_t at, const uint8_t *step)
{
	if (size + STEPS_SIZE > max)
		return size;
	memmove(data + (at + 1) * STEPS_SIZE, data + at * STEPS_SIZE, size - at * STEPS_SIZE);
	memcpy(data + at * STEPS_SIZE, step, STEPS_SIZE);
	return size + STEPS_SIZE;
}

static size_t insert_call(uint8_t *data, size_t size, size_t max, uint32_t at)
{
	uint8_t step[STEPS_SIZE] = { 0 };

	memcpy(step, steps_grammar.call[mutator_below(steps_grammar.count)], STEPS_CALL);
	if (!mutator_below(4))
		step[mutator_below(STEPS_CALL)] = (uint8_t)mutator_below(256);
	return insert(data, size, max, at, step);
}

static size_t drop(uint8_t *data, size_t size, uint32_t at)
{
	memmove(data + at * STEPS_SIZE, data + (at + 1) * STEPS_SIZE, size - (at + 1) * STEPS_SIZE);
	return size - STEPS_SIZE;
}

static void swap(uint8_t *data, uint32_t a, uint32_t b)
{
	uint8_t step[STEPS_SIZE];

	memcpy(step, data + a * STEPS_SIZE, STEPS_SIZE);
	memmove(data + a * STEPS_SIZE, data + b * STEPS_SIZE, STEPS_SIZE);
	memcpy(data + b * STEPS_SIZE, step, STEPS_SIZE);
}

/* Changes a few bytes of a step, most often among the first, which every call needs. */
static void change(uint8_t *step)
{
	uint8_t bytes[STEPS_SIZE] = { 0 };

	if (mutator_below(4)) {
		step[mutator_below(mutator_below(2) ? STEPS_CALL : STEPS_SIZE)] = (uint8_t)mutator_below(256);
		return;
	}
	memcpy(bytes, step, STEPS_SIZE);
	LLVMFuzzerMutate(bytes, STEPS_SIZE, STEPS_SIZE);
	memcpy(step, bytes, STEPS_SIZE);
}

/* Fills the last step up. Returns the new size. */
static size_t fill(uint8_t *data, size_t size, size_t max)
{
	size_t whole = align_up(size, STEPS_SIZE);

	if (whole > max)
		return align_down(size, STEPS_SIZE);
	memset(data + size, 0, whole - size);
	return whole;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint32_t count, at, other;
	uint8_t step[STEPS_SIZE];

	mutator_begin(seed);
	size = fill(data, size, max_size);
	count = (uint32_t)(size / STEPS_SIZE);
	if (!count)
		return insert_call(data, size, max_size, 0);
	at = mutator_below(count);
	other = mutator_below(count);
	switch (mutator_below(8)) {
	case 0:
		return count > 1 ? drop(data, size, at) : size;
	case 1:
		memcpy(step, data + other * STEPS_SIZE, STEPS_SIZE);
		return insert(data, size, max_size, at, step);
	case 2:
		swap(data, at, other);
		return size;
	case 3:
	case 4:
		return insert_call(data, size, max_size, mutator_below(count + 1));
	}
	change(data + at * STEPS_SIZE);
	return size;
}

/* Continues the first steps of one input with the last steps of the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
				 size_t max_out, unsigned int seed)
{
	size_t first, rest;

	mutator_begin(seed);
	first = mutator_below((uint32_t)(size1 / STEPS_SIZE) + 1) * STEPS_SIZE;
	rest = mutator_below((uint32_t)(size2 / STEPS_SIZE) + 1) * STEPS_SIZE;
	first = min_u64(first, align_down(max_out, STEPS_SIZE));
	rest = min_u64(rest, align_down(max_out - first, STEPS_SIZE));
	memcpy(out, data1, first);
	memcpy(out + first, data2 + align_down(size2, STEPS_SIZE) - rest, rest);
	return first + rest;
}
