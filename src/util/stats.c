/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts into the parts and keeps the peaks of gauges. Many threads change a gauge by plain stores,
 * so its peak is that of an upper bound: each thread keeps a bound of its own part, and the bounds
 * are added up atomically. The bound of pages_mapped, which the hot calls change, moves only when
 * its counter passes it or falls far below it; those of other gauges are exact. Which part belongs
 * to whom is stats_parts.c's.
 */
#include "util/stats.h"

#include <string.h>

#include "util/mm.h"
#include "util/stats_parts.h"

void stats_init(struct stats *stats, struct stats_shared *shared, const struct life *life)
{
	memset(stats, 0, sizeof(*stats));
	stats->shared = shared;
	stats->life = life;
	stats->process = mm_current();
}

/*
 * Raises a peak to at least now; losing a race to a higher value is fine. A gauge may be below 0
 * for a moment, when one thread subtracts what another has added but not counted yet. That is not a
 * peak.
 */
static void raise_peak(uint64_t *peak, uint64_t now)
{
	uint64_t seen = __atomic_load_n(peak, __ATOMIC_RELAXED);

	for (unsigned int i = 0; i < STATS_TRIES && (int64_t)seen < (int64_t)now; i++)
		if (__atomic_compare_exchange_n(peak, &seen, now, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			break;
}

/*
 * Before a peak rises, the gauges of processes that have ended are subtracted, because they did not
 * exist at the same time as what is added now.
 */
static void move_shared_bound(struct stats *stats, size_t gauge, size_t peak, uint64_t n)
{
	uint64_t *bound = stats_field(&stats->shared->bound, gauge);
	uint64_t *highest = stats_field(&stats->shared->counters, peak);
	uint64_t now = __atomic_add_fetch(bound, n, __ATOMIC_RELAXED);

	if ((int64_t)now <= (int64_t)__atomic_load_n(highest, __ATOMIC_RELAXED))
		return;
	stats_bury(stats->shared, stats->life);
	raise_peak(highest, __atomic_load_n(bound, __ATOMIC_RELAXED));
}

__attribute__((noinline)) void stats_move_bound(struct stats *stats, struct stats_part *part)
{
	uint64_t more = part->counters.pages_mapped - part->bound.pages_mapped;

	part->bound.pages_mapped += more;
	move_shared_bound(stats, offsetof(struct stce_stats, pages_mapped),
			  offsetof(struct stce_stats, pages_mapped_peak), more);
}

/* Notes what a part has counted for the processes that had it before. */
static void note_base(struct stats *stats, struct stats_part *part)
{
	for (size_t at = 0; at < sizeof(stats->base); at += sizeof(uint64_t))
		__atomic_fetch_add(stats_field(&stats->base, at), *stats_field(&part->counters, at), __ATOMIC_RELAXED);
}

struct stats_part *stats_claim_part(struct stats *stats)
{
	unsigned int n = thread_number();
	struct stats_part *part;

	if (stats->part[n] || n == THREAD_WITHOUT_NUMBER || atomic_load(&stats->all_claimed))
		return stats->part[n];
	part = stats_claim_free_part(stats, STATS_OF_THREAD);
	if (part)
		note_base(stats, part);
	else
		atomic_store(&stats->all_claimed, true);
	__atomic_store_n(&stats->part[n], part, __ATOMIC_RELEASE);
	return part;
}

/*
 * Returns the part that the process's threads without one share, or NULL if all are taken. If two
 * threads claim one at once, the first is kept.
 */
static struct stats_part *common_part(struct stats *stats)
{
	struct stats_part *part = atomic_load(&stats->common), *none = NULL;

	if (likely(part) || atomic_load(&stats->all_common_claimed))
		return part;
	part = stats_claim_free_part(stats, STATS_OF_PROCESS);
	if (!part)
		atomic_store(&stats->all_common_claimed, true);
	if (part)
		note_base(stats, part);
	if (!part || atomic_compare_exchange_strong(&stats->common, &none, part))
		return part;
	atomic_store(&part->owner, 0);
	return none;
}

void stats_add_common(struct stats *stats, size_t counter, uint64_t n)
{
	struct stats_part *part = common_part(stats);

	__atomic_fetch_add(stats_field(part ? &part->counters : &stats->shared->counters, counter), n,
			   __ATOMIC_RELAXED);
}

/*
 * Adds to the part's bound as well, so that the bound goes with the part when the process has
 * ended.
 */
static void gauge_add_common(struct stats *stats, size_t gauge, uint64_t n)
{
	struct stats_part *part = common_part(stats);

	stats_add_common(stats, gauge, n);
	if (part)
		__atomic_fetch_add(stats_field(&part->bound, gauge), n, __ATOMIC_RELAXED);
}

void stats_gauge_add(struct stats *stats, size_t gauge, size_t peak, uint64_t n)
{
	struct stats_part *part = stats_part(stats);

	if (likely(part)) {
		stats_raise(stats_field(&part->counters, gauge), n);
		*stats_field(&part->bound, gauge) += n;
	} else {
		gauge_add_common(stats, gauge, n);
	}
	move_shared_bound(stats, gauge, peak, n);
}

/*
 * Folds the gauges into the shared counters: if the next owner of this part dies, stats_bury() drops
 * whatever is in it.
 */
static void leave(struct stats *stats, struct stats_part *part)
{
	stats_move_bound(stats, part);
	for (unsigned int i = 0; i < STATS_GAUGES; i++) {
		uint64_t *counter = stats_field(&part->counters, stats_gauges[i]);

		__atomic_fetch_add(stats_field(&stats->shared->counters, stats_gauges[i]), *counter,
				   __ATOMIC_RELAXED);
		__atomic_store_n(counter, 0, __ATOMIC_RELAXED);
		*stats_field(&part->bound, stats_gauges[i]) = 0;
	}
	atomic_store(&part->owner, 0);
}

static void add_part(struct stce_stats *sum, struct stats_part *part)
{
	for (size_t at = 0; part && at < sizeof(*sum); at += sizeof(uint64_t))
		*stats_field(sum, at) += __atomic_load_n(stats_field(&part->counters, at), __ATOMIC_RELAXED);
}

struct stce_stats stats_of_process(const struct stats *stats)
{
	struct stce_stats sum = { 0 };

	for (size_t at = 0; at < sizeof(sum); at += sizeof(uint64_t))
		*stats_field(&sum, at) = -__atomic_load_n(stats_field((struct stce_stats *)&stats->base, at), __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < thread_numbers_used(); i++)
		add_part(&sum, __atomic_load_n(&stats->part[i], __ATOMIC_ACQUIRE));
	add_part(&sum, atomic_load(&stats->common));
	return sum;
}

void stats_fini(struct stats *stats)
{
	struct stats_part *common = atomic_load(&stats->common);

	for (unsigned int i = 0; i < thread_numbers_used(); i++)
		if (stats->part[i])
			leave(stats, stats->part[i]);
	if (common)
		leave(stats, common);
}
