/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts how many TCEs point into a region, with many threads counting at once. While a count is
 * spread, each thread adds to a number of its own by plain stores, and no thread can tell when the
 * last TCE goes. Folding adds these numbers to one common, atomic number, which all threads use
 * from then on.
 *
 *  (N1) Folding finds every get and put that has returned; only a folded count can reach 0.
 *  (N2) Exactly one put takes the last, and no get succeeds after it.
 *
 * Get and put run inside the RCU read lock, for which folding waits. Everything else runs under the
 * lock of the registry that owns the counts. What happens when a count reaches 0 is left to
 * mem/region.c.
 */
#ifndef STCE_MEM_COUNT_H
#define STCE_MEM_COUNT_H

#include <stdatomic.h>

#include "util/thread.h"
#include "util/types.h"

/* At most so many regions of a registry can be spread; further ones have only the common number. */
#define MEM_COUNT_COLUMNS 64

/* The counts of all threads on spread regions, by thread number and then by column. */
struct mem_counts {
	int64_t (*of_thread)[MEM_COUNT_COLUMNS];
	uint64_t columns;            /* a bit for each column in use */
};

struct mem_count {
	_Atomic(uint64_t) common;    /* plus a bias while the count is spread, so that it never reaches 0 */
	_Atomic(bool) is_spread;
	unsigned int column;         /* MEM_COUNT_COLUMNS if it has none */
};

/* -ENOMEM: there is no memory, and nothing to undo. */
int mem_counts_init(struct mem_counts *counts);
void mem_counts_fini(struct mem_counts *counts);

/* Starts a count of 1, which is the first use of the region, spread if there is a free column. */
void mem_count_init(struct mem_counts *counts, struct mem_count *count);
/* Gives the column back. The column must hold zeros, and no thread may count any longer. */
void mem_count_fini(struct mem_counts *counts, struct mem_count *count);

static inline bool mem_count_is_spread(const struct mem_count *count)
{
	return likely(atomic_load_explicit(&count->is_spread, memory_order_acquire));
}

/* Returns the number of the calling thread, which has a number, of a count that is spread (see mem_count_own()). */
static inline int64_t *mem_count_of_thread(const struct mem_counts *counts, const struct mem_count *count)
{
	return &counts->of_thread[thread_number_][count->column];
}

/*
 * Returns the calling thread's own number of a spread count, to which it may add until it leaves its read
 * section, because folding waits for that. NULL: the count is folded, or the thread has no number, or has
 * not asked for it yet.
 */
static inline int64_t *mem_count_own(const struct mem_counts *counts, const struct mem_count *count)
{
	return mem_count_is_spread(count) && likely(thread_number_ > THREAD_WITHOUT_NUMBER) ?
		       mem_count_of_thread(counts, count) : NULL;
}

bool mem_count_get_common(struct mem_count *count, uint64_t n);
bool mem_count_put_common(struct mem_count *count, uint64_t n);

/* Adds n. Returns false, and adds nothing, if the count has reached 0. */
static inline bool mem_count_get(struct mem_counts *counts, struct mem_count *count, uint64_t n)
{
	int64_t *own = mem_count_own(counts, count);

	if (unlikely(!own))
		return mem_count_get_common(count, n);
	*own += (int64_t)n;
	return true;
}

/* Subtracts n, and returns true if a folded count has reached 0 by that. */
static inline bool mem_count_put(struct mem_counts *counts, struct mem_count *count, uint64_t n)
{
	int64_t *own = mem_count_own(counts, count);

	if (unlikely(!own))
		return mem_count_put_common(count, n);
	*own -= (int64_t)n;
	return false;
}

/* Adds every thread's number to the common one. Waits for readers. */
void mem_count_fold(struct mem_counts *counts, struct mem_count *count);
/* Lets each thread count by itself again, if the count has a column. */
void mem_count_spread(struct mem_count *count);
/* Returns the value, which is exact if no thread counts meanwhile. */
uint64_t mem_count_value(const struct mem_counts *counts, const struct mem_count *count);

#endif
