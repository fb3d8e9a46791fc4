/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two entries side by side, exchanged by one locked instruction. Why: on x86
 * an exchange costs what its lock costs, whatever its width; two at once make
 * 3.1 ns an entry out of 5. Where a processor has no such instruction, where
 * the compiler cannot ask for it (clang 14), and under TSAN, which does not see
 * into it, the twin exchanges them one by one.
 * T1 and T2 of tce/table.h hold for each of the two.
 */
#ifndef STCE_TCE_PAIR_H
#define STCE_TCE_PAIR_H

#include "tce/table.h"

#define TCE_PAIR_SIZE (2 * sizeof(tce_entry))

static inline void tce_pair_exchange_single(tce_entry *pair, const uint64_t value[2], uint64_t old[2])
{
	old[0] = tce_entry_exchange(&pair[0], value[0]);
	old[1] = tce_entry_exchange(&pair[1], value[1]);
}

#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
static inline bool tce_has_pairs(void)
{
	return __builtin_cpu_supports("cmpxchg16b");
}

/* pair is aligned to TCE_PAIR_SIZE. */
static inline void tce_pair_exchange(tce_entry *pair, const uint64_t value[2], uint64_t old[2])
{
	bool done;

	old[0] = atomic_load_explicit(&pair[0], memory_order_relaxed);
	old[1] = atomic_load_explicit(&pair[1], memory_order_relaxed);
	do
		__asm__ volatile("lock cmpxchg16b %1"
				 : "=@ccz"(done), "+m"(*(tce_entry(*)[2])pair), "+a"(old[0]), "+d"(old[1])
				 : "b"(value[0]), "c"(value[1])
				 : "memory");
	while (!done);
}
#else
static inline bool tce_has_pairs(void)
{
	return false;
}

static inline void tce_pair_exchange(tce_entry *pair, const uint64_t value[2], uint64_t old[2])
{
	tce_pair_exchange_single(pair, value, old);
}
#endif

#endif
