/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the loops once more with the compiler's vectors (util/lanes.h). They treat the last few
 * entries by the scalar twin.
 */
#include "kvm/judge.h"

#include <endian.h>

#include "tce/entry.h"
#include "util/lanes.h"

typedef uint8_t bytes __attribute__((vector_size(LANES * 8), aligned(8), may_alias));

bool kvm_judge_scalar(const struct kvm_judge *j, const uint64_t *tce, unsigned int count,
		      uint64_t *item)
{
	uint64_t bad = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t page = tce[i] & ~j->mask;

		bad |= (tce[i] & j->mask & ~TCE_PERMISSIONS) | (page - j->gpa > j->last) |
		       !tce_is_valid(tce[i]);
		if (item)
			item[i] = tce_hardware_valid(tce[i] + j->delta);
	}
	return !bad;
}

void kvm_judge_load_scalar(uint64_t *tce, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		tce[i] = be64toh(tce[i]);
}

/* What is wrong with some entries is set. */
struct verdict {
	lanes any, outside, without_permission;
};

/* Each of the callers knows whether it fills items, so no loop asks. */
LANES_INLINE void judge_lanes(struct verdict *verdict, const struct kvm_judge *j, const lanes *tce, size_t n, lanes *item,
			      bool fills)
{
	for (size_t i = 0; i < n; i++) {
		lanes entry = tce[i], page = entry & ~j->mask;

		verdict->any |= entry;
		verdict->outside |= lanes_above(page - lanes_lowered(j->gpa), lanes_lowered(j->last));
		verdict->without_permission |= (lanes)((entry & TCE_PERMISSIONS) == 0);
		if (fills)
			item[i] = (entry + j->delta) | ((entry & TCE_WRITE) >> 1);
	}
}

LANES_INLINE bool judge_all(const struct kvm_judge *j, const uint64_t *tce, unsigned int count, uint64_t *item,
			    bool fills)
{
	const struct kvm_judge own = *j;    /* the items that are stored could be *j itself */
	unsigned int rest = count % LANES, whole = count - rest;
	struct verdict verdict = { { 0 }, { 0 }, { 0 } };
	const lanes *from = (const lanes *)tce;
	lanes *to = (lanes *)item;
	size_t n = count / LANES;

	for (; n >= LANES_TURN; n -= LANES_TURN, from += LANES_TURN, to += fills ? LANES_TURN : 0)
		judge_lanes(&verdict, &own, from, LANES_TURN, to, fills);
	judge_lanes(&verdict, &own, from, n, to, fills);
	return lanes_are_zero((verdict.any & own.mask & ~TCE_PERMISSIONS) | verdict.outside | verdict.without_permission) &&
	       kvm_judge_scalar(&own, tce + whole, rest, fills ? item + whole : NULL);
}

LANES_TARGET static bool judge_wide(const struct kvm_judge *j, const uint64_t *tce, unsigned int count)
{
	return judge_all(j, tce, count, NULL, false);
}

LANES_TARGET static bool judge_and_fill_wide(const struct kvm_judge *j, const uint64_t *tce, unsigned int count,
					     uint64_t *item)
{
	return judge_all(j, tce, count, item, true);
}

/*
 * The shuffle always swaps bytes, so it is right on little-endian hosts only; HAS_LANES is false on
 * others.
 */
LANES_INLINE void load_lanes(bytes *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		word[i] = __builtin_shufflevector(
			word[i], word[i], 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, 23, 22, 21, 20, 19,
			18, 17, 16, 31, 30, 29, 28, 27, 26, 25, 24);
}

LANES_TARGET static void load_wide(uint64_t *tce, unsigned int count)
{
	unsigned int rest = count % LANES;
	bytes *word = (bytes *)tce;
	size_t n = count / LANES;

	for (; n >= LANES_TURN; n -= LANES_TURN, word += LANES_TURN)
		load_lanes(word, LANES_TURN);
	load_lanes(word, n);
	kvm_judge_load_scalar(tce + count - rest, rest);
}

bool kvm_judge(const struct kvm_judge *j, const uint64_t *tce, unsigned int count, uint64_t *item)
{
	if (count < LANES || !HAS_LANES)
		return kvm_judge_scalar(j, tce, count, item);
	return item ? judge_and_fill_wide(j, tce, count, item) : judge_wide(j, tce, count);
}

void kvm_judge_load(uint64_t *tce, unsigned int count)
{
	if (count >= LANES && HAS_LANES)
		load_wide(tce, count);
	else
		kvm_judge_load_scalar(tce, count);
}
