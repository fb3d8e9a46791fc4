/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the loops once, with the compiler's vectors, and compiles them for AVX2, which is looked
 * for at run time, and for VSX, which every little-endian POWER processor has. The vector loops
 * treat the last few entries by the scalar twin.
 */
#include "kvm/judge.h"

#include <endian.h>

#include "tce/entry.h"

#define LANES 4

typedef uint64_t lanes __attribute__((vector_size(LANES * 8), aligned(8), may_alias));
typedef uint8_t bytes __attribute__((vector_size(LANES * 8), aligned(8), may_alias));

#define always_inline inline __attribute__((always_inline))

bool kvm_judge_scalar(const struct kvm_judge *j, const uint64_t *tce, unsigned int count,
		      uint64_t *item)
{
	uint64_t bad = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t page = tce[i] & ~j->mask;

		bad |= (tce[i] & j->mask & ~TCE_PERMISSIONS) | (page - j->gpa > j->last) |
		       !tce_is_valid(tce[i]);
		item[i] = (page + j->delta) | (tce[i] & TCE_PERMISSIONS);
	}
	return !bad;
}

void kvm_judge_load_scalar(uint64_t *tce, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		tce[i] = be64toh(tce[i]);
}

static always_inline bool judge_lanes(const struct kvm_judge *j, const uint64_t *tce,
				      unsigned int count, uint64_t *item)
{
	const struct kvm_judge own = *j;    /* the items that are stored could be *j itself */
	unsigned int whole = count & ~(LANES - 1u);
	lanes bad = { 0 };

	for (unsigned int i = 0; i < whole; i += LANES) {
		lanes entry = *(const lanes *)(tce + i), page = entry & ~own.mask;

		bad |= (entry & own.mask & ~TCE_PERMISSIONS) | (lanes)(page - own.gpa > own.last) |
		       (lanes)((entry & TCE_PERMISSIONS) == 0);
		*(lanes *)(item + i) = (page + own.delta) | (entry & TCE_PERMISSIONS);
	}
	return !(bad[0] | bad[1] | bad[2] | bad[3]) &
	       kvm_judge_scalar(j, tce + whole, count - whole, item + whole);
}

/*
 * The shuffle always swaps bytes, so it is right on little-endian hosts only; HAS_LANES is false on
 * others.
 */
static always_inline void load_lanes(uint64_t *tce, unsigned int count)
{
	unsigned int whole = count & ~(LANES - 1u);

	for (unsigned int i = 0; i < whole; i += LANES)
		*(bytes *)(tce + i) = __builtin_shufflevector(
			*(bytes *)(tce + i), *(bytes *)(tce + i), 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13,
			12, 11, 10, 9, 8, 23, 22, 21, 20, 19, 18, 17, 16, 31, 30, 29, 28, 27, 26, 25, 24);
	kvm_judge_load_scalar(tce + whole, count - whole);
}

#if defined(__x86_64__)
#define HAS_LANES __builtin_cpu_supports("avx2")
#define TARGET __attribute__((target("avx2")))
#elif defined(__powerpc64__) && defined(__VSX__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define HAS_LANES true
#define TARGET
#else
#define HAS_LANES false
#define TARGET
#endif

TARGET static bool judge_wide(const struct kvm_judge *j, const uint64_t *tce, unsigned int count,
			      uint64_t *item)
{
	return judge_lanes(j, tce, count, item);
}

TARGET static void load_wide(uint64_t *tce, unsigned int count)
{
	load_lanes(tce, count);
}

bool kvm_judge(const struct kvm_judge *j, const uint64_t *tce, unsigned int count, uint64_t *item)
{
	if (count >= LANES && HAS_LANES)
		return judge_wide(j, tce, count, item);
	return kvm_judge_scalar(j, tce, count, item);
}

void kvm_judge_load(uint64_t *tce, unsigned int count)
{
	if (count >= LANES && HAS_LANES)
		load_wide(tce, count);
	else
		kvm_judge_load_scalar(tce, count);
}
