/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the counters of <spapr-tce/stats.h>. A thread counts into a part of its own by plain
 * stores; a reader adds all parts up. Peaks, and the bounds that they come from, are shared and
 * atomic. Everything is relaxed: a counter orders nothing. Printing the counters is left to cli/.
 *
 *  (C1) When no thread is counting, a sum is exact, whichever threads have counted.
 *  (C2) The peak of pages_mapped is at least the true one, and above it by at most
 *       STATS_BOUND_SLACK for each thread but one that has mapped.
 *  (C3) The gauges of a process that has ended without a word can be subtracted, whichever of its
 *       threads have changed them, as long as no more than STATS_COMMON processes at once have
 *       threads without a part.
 *  (C4) Whatever another process writes into the shared memory, only counters become wrong, and
 *       every call ends.
 */
#ifndef STCE_UTIL_STATS_H
#define STCE_UTIL_STATS_H

#include <stdatomic.h>

#include "spapr-tce/stats.h"
#include "util/life.h"
#include "util/own_word.h"
#include "util/thread.h"

#define STATS_PARTS   512
#define STATS_COMMON  256
#define STATS_BOUND_SLACK 64

/*
 * The part of one thread, which alone writes it, or the part that all threads without one share in
 * a process, which they write atomically.
 */
struct stats_part {
	_Alignas(CACHE_LINE_SIZE) struct stce_stats counters;
	/*
	 * What this part has added to stats_shared.bound. For pages_mapped an upper bound, at most
	 * STATS_BOUND_SLACK above the counter; for every other gauge equal to it.
	 */
	struct stce_stats bound;
	_Atomic(uint64_t) owner;    /* the process, by its mm (util/mm.h); 0 if free */
};

/* What all threads count together, possibly of several processes. It starts as zeros. */
struct stats_shared {
	struct stce_stats counters; /* peaks, and counts that belong to no part */
	struct stce_stats bound;    /* an upper bound of each gauge, summed over the parts; its peak is kept */
	/*
	 * Parts from these counts on were never used. A value read here is checked before it is
	 * used (C4).
	 */
	_Atomic(unsigned int) part_count, common_count;
	struct stats_part part[STATS_PARTS];
	struct stats_part common[STATS_COMMON];
};

/* One process's access to its machine's counters. */
struct stats {
	struct stats_shared *shared;   /* borrowed */
	const struct life *life;       /* tells which of the sharing processes live; borrowed */
	uint64_t process;
	_Atomic(bool) all_claimed, all_common_claimed;
	_Atomic(struct stats_part *) common;   /* for threads without a part, once there are any */
	struct stats_part *part[THREAD_NUMBERS];   /* each written by its own thread only */
	struct stce_stats base;        /* what its parts had counted before they were this process's; written atomically */
};

void stats_init(struct stats *stats, struct stats_shared *shared, const struct life *life);
/* Gives the parts back; what they count stays. No thread may count any longer. */
void stats_fini(struct stats *stats);
/* Drops the gauges of processes that have ended without giving them back. */
void stats_bury(struct stats_shared *shared, const struct life *life);
/* Drops all gauges, because no process is left that counts. */
void stats_forget(struct stats_shared *shared);
/*
 * Adds all parts up. Unless life is NULL, gauges of processes that have ended are left out, even
 * before stats_bury().
 */
struct stce_stats stats_sum(const struct stats_shared *shared, const struct life *life);
/* Adds up what this process has counted itself. Peaks are 0. A part that is claimed meanwhile may be missed. */
struct stce_stats stats_of_process(const struct stats *stats);
/*
 * Fills the caller's struct, whose size tells which version it was compiled with. A shorter one
 * lacks the last fields; the further fields of a longer one are 0.
 */
void stats_give(const struct stce_stats *sum, struct stce_stats *stats, size_t size);

struct stats_part *stats_claim_part(struct stats *stats);
/* Counts for a thread that has no part. */
void stats_add_common(struct stats *stats, size_t counter, uint64_t n);

/* Returns the calling thread's part, or NULL if all parts are taken. A thread without a number has no part yet. */
static inline struct stats_part *stats_part(struct stats *stats)
{
	struct stats_part *part = stats->part[thread_number_];

	return likely(part) ? part : stats_claim_part(stats);
}

/* Returns the part that the calling thread has claimed before, or NULL. It calls no function. */
static inline struct stats_part *stats_own_part(const struct stats *stats)
{
	return stats->part[thread_number_];
}

static inline __attribute__((always_inline)) void stats_raise(uint64_t *counter, uint64_t n)
{
	own_word_add((_Atomic(uint64_t) *)counter, n);
}

/* Adds to a counter of the calling thread's part. */
#define STATS_RAISE(part, field, n) stats_raise(&(part)->counters.field, (n))

/* Adds to the counter at an offset in struct stce_stats. */
static inline void stats_add(struct stats *stats, size_t counter, uint64_t n)
{
	struct stats_part *part = stats_part(stats);

	if (likely(part))
		stats_raise((uint64_t *)((char *)&part->counters + counter), n);
	else
		stats_add_common(stats, counter, n);
}

/* Adds to two counters. */
static inline void stats_add_both(struct stats *stats, size_t first, uint64_t n, size_t second, uint64_t m)
{
	struct stats_part *part = stats_part(stats);

	if (unlikely(!part)) {
		stats_add_common(stats, first, n);
		stats_add_common(stats, second, m);
		return;
	}
	stats_raise((uint64_t *)((char *)&part->counters + first), n);
	stats_raise((uint64_t *)((char *)&part->counters + second), m);
}

void stats_gauge_add(struct stats *stats, size_t gauge, size_t peak, uint64_t n);

/* For a gauge that has a field with its peak. */
#define STATS_GAUGE_ADD(stats, field, n)                                   \
	stats_gauge_add(stats, offsetof(struct stce_stats, field),         \
			offsetof(struct stce_stats, field##_peak), n)
#define STATS_GAUGE_SUB(stats, field, n) STATS_GAUGE_ADD(stats, field, -(uint64_t)(n))

void stats_move_bound(struct stats *stats, struct stats_part *part);

/*
 * Counts entries that were written, and changes pages_mapped, the one gauge of the hot calls, by so many
 * pages, modulo 2^64, in the calling thread's part.
 */
static inline __attribute__((always_inline)) void stats_wrote_in(struct stats *stats, struct stats_part *part,
								 uint64_t entries, uint64_t pages)
{
	STATS_RAISE(part, tces_written, entries);
	if (__builtin_constant_p(pages) && !pages)
		return;
	/* The bound is too far above the counter, or below it, which wraps to a large number. */
	stats_raise(&part->counters.pages_mapped, pages);
	if (part->bound.pages_mapped - part->counters.pages_mapped > STATS_BOUND_SLACK)
		stats_move_bound(stats, part);
}

static inline __attribute__((always_inline)) void stats_wrote(struct stats *stats, uint64_t entries, uint64_t pages)
{
	struct stats_part *part = stats_part(stats);

	if (likely(part)) {
		stats_wrote_in(stats, part, entries, pages);
		return;
	}
	stats_add_common(stats, offsetof(struct stce_stats, tces_written), entries);
	STATS_GAUGE_ADD(stats, pages_mapped, pages);
}

/* Changes pages_mapped alone. */
static inline void stats_map(struct stats *stats, uint64_t n)
{
	stats_wrote(stats, 0, n);
}

#define STATS_ADD(stats, field, n) stats_add(stats, offsetof(struct stce_stats, field), n)

#endif
