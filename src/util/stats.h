/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing the counters of <spapr-tce/stats.h>. What the hot calls count goes
 * into a part that belongs to one thread, by plain stores; a reader adds all
 * parts up. Gauges with a peak, which only rare calls change, are shared and
 * atomic. Everything is relaxed: a counter orders nothing.
 *
 *  (C1) when nobody counts, a sum is exact, whichever threads have counted;
 *  (C2) the peak of pages_mapped is at least the true one, and above it by at
 *       most STATS_BOUND_SLACK for each thread but one that has mapped;
 *  (C3) of a process that has ended without a word the gauges can be taken off,
 *       whichever of its threads have changed them, as long as no more than
 *       STATS_COMMON processes at once have threads without a part;
 *  (C4) whatever somebody else writes into what is shared, nothing but counters
 *       is wrong, and every call ends.
 */
#ifndef STCE_UTIL_STATS_H
#define STCE_UTIL_STATS_H

#include <stdatomic.h>

#include "spapr-tce/stats.h"
#include "util/life.h"
#include "util/thread.h"

#define STATS_PARTS   256
#define STATS_COMMON  256
#define STATS_BOUND_SLACK 64

/* One thread's part, which only that writes, or that of all threads of a process without one, written atomically. */
struct stats_part {
	_Alignas(CACHE_LINE_SIZE) struct stce_stats counters;
	/*
	 * What this part has added to stats_shared.bound. For pages_mapped an upper bound, at most
	 * STATS_BOUND_SLACK above the counter; for every other gauge equal to it.
	 */
	struct stce_stats bound;
	_Atomic(uint64_t) owner;    /* a process, by util/mm.h; 0: none */
};

/* What all threads count together, maybe of several processes. Zero at first. */
struct stats_shared {
	struct stce_stats counters; /* peaks, and what is nobody's any more */
	struct stce_stats bound;    /* an upper bound of each gauge, added up over the parts; its peak is kept */
	/* Parts at and beyond these were never used. What is read here is checked. */
	_Atomic(unsigned int) part_count, common_count;
	struct stats_part part[STATS_PARTS];
	struct stats_part common[STATS_COMMON];
};

/* The way of one process to its machine's counters. */
struct stats {
	struct stats_shared *shared;   /* borrowed */
	const struct life *life;       /* of the processes that share it; borrowed */
	uint64_t process;
	_Atomic(bool) all_claimed, all_common_claimed;
	_Atomic(struct stats_part *) common;   /* of threads without a part, once there are any */
	struct stats_part *part[THREAD_NUMBERS];   /* each written by its thread alone */
};

void stats_init(struct stats *stats, struct stats_shared *shared, const struct life *life);
/* Gives the parts back; what they count stays. No thread counts any more. */
void stats_fini(struct stats *stats);
/* Processes that have ended without a word: their gauges go, whatever they have not given back. */
void stats_bury(struct stats_shared *shared, const struct life *life);
/* The same where no process is left that counted. */
void stats_forget(struct stats_shared *shared);
/* life: gauges of processes that have ended are left out, though nobody has taken them off; or NULL. */
struct stce_stats stats_sum(const struct stats_shared *shared, const struct life *life);
/* Fills a struct of a program that was compiled with fewer fields, which it lacks, or with more, which are 0. */
void stats_give(const struct stce_stats *sum, struct stce_stats *stats, size_t size);

struct stats_part *stats_claim_part(struct stats *stats);
/* For a thread that has no part. */
void stats_add_common(struct stats *stats, size_t counter, uint64_t n);

/* The calling thread's part, NULL where there are not enough. */
static inline struct stats_part *stats_part(struct stats *stats)
{
	struct stats_part *part = stats->part[thread_number()];

	return likely(part) ? part : stats_claim_part(stats);
}

/* Readers look at any time: whole words, and no more than that. */
static inline uint64_t stats_raise_(uint64_t *counter, uint64_t n)
{
	uint64_t now = __atomic_load_n(counter, __ATOMIC_RELAXED) + n;

	__atomic_store_n(counter, now, __ATOMIC_RELAXED);
	return now;
}

/* A counter by its offset in struct stce_stats. */
static inline void stats_add(struct stats *stats, size_t counter, uint64_t n)
{
	struct stats_part *part = stats_part(stats);

	if (likely(part))
		stats_raise_((uint64_t *)((char *)&part->counters + counter), n);
	else
		stats_add_common(stats, counter, n);
}

void stats_gauge_add(struct stats *stats, size_t gauge, size_t peak, uint64_t n);

/* For a gauge with a peak beside it. */
#define STATS_GAUGE_ADD(stats, field, n)                                   \
	stats_gauge_add(stats, offsetof(struct stce_stats, field),         \
			offsetof(struct stce_stats, field##_peak), n)
#define STATS_GAUGE_SUB(stats, field, n) STATS_GAUGE_ADD(stats, field, -(uint64_t)(n))

void stats_move_bound(struct stats *stats, struct stats_part *part);

/* pages_mapped, the one gauge of the hot calls; n may be below 0. */
static inline void stats_map(struct stats *stats, uint64_t n)
{
	struct stats_part *part = stats_part(stats);

	if (unlikely(!part)) {
		STATS_GAUGE_ADD(stats, pages_mapped, n);
		return;
	}
	/* The bound is too high, or, modulo 2^64, below the counter. */
	if (part->bound.pages_mapped - stats_raise_(&part->counters.pages_mapped, n) > STATS_BOUND_SLACK)
		stats_move_bound(stats, part);
}

#define STATS_ADD(stats, field, n) stats_add(stats, offsetof(struct stce_stats, field), n)

#endif
