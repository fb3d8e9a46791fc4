/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vectors of four 64-bit words, which the compiler makes of whatever the processor has: AVX2, which is
 * looked for at run time, or VSX, which every little-endian POWER processor has. Others, and big-endian
 * hosts, have none. A function that uses them has LANES_TARGET, is called only if HAS_LANES, and has a
 * scalar twin that gives the same answers.
 */
#ifndef STCE_UTIL_LANES_H
#define STCE_UTIL_LANES_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>

#define LANES 4

typedef uint64_t lanes __attribute__((vector_size(LANES * 8), aligned(8), may_alias));

#if defined(__x86_64__)
#define HAS_LANES __builtin_cpu_supports("avx2")
#define LANES_TARGET __attribute__((target("avx2")))
#elif defined(__powerpc64__) && defined(__VSX__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define HAS_LANES 1
#define LANES_TARGET
#else
#define HAS_LANES 0
#define LANES_TARGET
#endif
/* So many vectors are handled in one turn of a loop. (gcc forgets "#pragma GCC unroll" when it optimises as a whole.) */
#define LANES_TURN 4
/* For parts of such functions. They are never called, so that it has no meaning how a vector would be passed. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"
#define LANES_INLINE LANES_TARGET static inline __attribute__((always_inline))

/*
 * AVX2 compares words as signed ones. The order of unsigned ones is that of signed ones which are all
 * lower by 2^63.
 */
typedef int64_t signed_lanes __attribute__((vector_size(LANES * 8), aligned(8), may_alias));

static inline uint64_t lanes_lowered(uint64_t word)
{
	return word - (UINT64_C(1) << 63);
}

/* These have -1 in each lane whose word is below or above the limit, and 0 in the others. Both have been lowered. */
LANES_INLINE lanes lanes_below(lanes word, uint64_t limit)
{
	return (lanes)((signed_lanes)word < (int64_t)limit);
}

LANES_INLINE lanes lanes_above(lanes word, uint64_t limit)
{
	return (lanes)((signed_lanes)word > (int64_t)limit);
}

LANES_INLINE uint64_t lanes_sum(lanes word)
{
	return word[0] + word[1] + word[2] + word[3];
}

LANES_INLINE bool lanes_are_zero(lanes word)
{
	return !(word[0] | word[1] | word[2] | word[3]);
}

#pragma GCC diagnostic pop

#endif
