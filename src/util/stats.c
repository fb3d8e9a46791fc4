/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peak of a gauge that many threads change by plain stores: each promises
 * how far it goes, the promises are added up atomically, and their peak is
 * kept. That of pages_mapped, which the hot calls change, is moved only when a
 * thread goes beyond it or far below it; the others' with every change.
 */
#include "util/stats.h"

#include <string.h>

#include "util/mm.h"

void stats_init(struct stats *stats, struct stats_shared *shared)
{
	memset(stats, 0, sizeof(*stats));
	stats->shared = shared;
	stats->process = mm_current();
}

/*
 * Raises a peak to at least now; losing a race to a higher value is fine. A
 * gauge may be below 0 for a moment, when what one thread has added is taken
 * off by another before it is counted: that is no peak.
 */
static void raise_peak(uint64_t *peak, uint64_t now)
{
	uint64_t seen = __atomic_load_n(peak, __ATOMIC_RELAXED);

	while ((int64_t)seen < (int64_t)now &&
	       !__atomic_compare_exchange_n(peak, &seen, now, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static const size_t gauges[] = {
	offsetof(struct stce_stats, table_bytes), offsetof(struct stce_stats, pages_mapped),
	offsetof(struct stce_stats, registered_bytes), offsetof(struct stce_stats, locked_bytes),
};

static uint64_t *field(struct stce_stats *counters, size_t offset)
{
	return (uint64_t *)((char *)counters + offset);
}

static void promise(struct stats_shared *shared, size_t gauge, size_t peak, uint64_t n)
{
	raise_peak(field(&shared->counters, peak),
		   __atomic_add_fetch(field(&shared->promised, gauge), n, __ATOMIC_RELAXED));
}

void stats_promise(struct stats *stats, struct stats_part *part)
{
	uint64_t more = part->counters.pages_mapped - part->promised.pages_mapped;

	part->promised.pages_mapped += more;
	promise(stats->shared, offsetof(struct stce_stats, pages_mapped),
		offsetof(struct stce_stats, pages_mapped_peak), more);
}

void stats_gauge_add(struct stats *stats, size_t gauge, size_t peak, uint64_t n)
{
	struct stats_part *part = stats_part(stats);

	if (likely(part)) {
		stats_raise_(field(&part->counters, gauge), n);
		*field(&part->promised, gauge) += n;
	} else {
		__atomic_fetch_add(field(&stats->shared->counters, gauge), n, __ATOMIC_RELAXED);
	}
	promise(stats->shared, gauge, peak, n);
}

static bool take(struct stats_part *part, uint64_t from, uint64_t process)
{
	return atomic_compare_exchange_strong(&part->owner, &from, process);
}

/* Of a process that is no more. The part is ours. */
static void drop_gauges(struct stats_shared *shared, struct stats_part *part)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(gauges); i++) {
		__atomic_fetch_sub(field(&shared->promised, gauges[i]), *field(&part->promised, gauges[i]),
				   __ATOMIC_RELAXED);
		*field(&part->promised, gauges[i]) = 0;
		__atomic_store_n(field(&part->counters, gauges[i]), 0, __ATOMIC_RELAXED);
	}
}

void stats_bury(struct stats_shared *shared)
{
	uint64_t me = mm_current(), living = me;

	for (unsigned int i = 0; i < atomic_load(&shared->part_count); i++) {
		struct stats_part *part = &shared->part[i];
		uint64_t owner = atomic_load(&part->owner);

		if (!owner || owner == living)
			continue;
		if (mm_lives(owner)) {
			living = owner;
		} else if (take(part, owner, me)) {
			drop_gauges(shared, part);
			atomic_store(&part->owner, 0);
		}
	}
}

static struct stats_part *find_free_part(struct stats_shared *shared, uint64_t process)
{
	for (unsigned int n = 0; n < STATS_PARTS; n++) {
		unsigned int seen = atomic_load(&shared->part_count);

		if (!take(&shared->part[n], 0, process))
			continue;
		while (seen <= n && !atomic_compare_exchange_weak(&shared->part_count, &seen, n + 1))
			;
		return &shared->part[n];
	}
	return NULL;
}

static struct stats_part *find_part(struct stats_shared *shared, uint64_t process)
{
	struct stats_part *part = find_free_part(shared, process);

	if (part)
		return part;
	stats_bury(shared);
	return find_free_part(shared, process);
}

struct stats_part *stats_take_part(struct stats *stats)
{
	unsigned int n = thread_number();

	if (n == THREAD_WITHOUT_NUMBER || atomic_load(&stats->all_taken))
		return NULL;
	stats->part[n] = find_part(stats->shared, stats->process);
	if (!stats->part[n])
		atomic_store(&stats->all_taken, true);
	return stats->part[n];
}

/* To where nobody's are, since whoever takes the part next may not live to give it back. */
static void leave_gauges(struct stats *stats, struct stats_part *part)
{
	stats_promise(stats, part);
	for (unsigned int i = 0; i < ARRAY_COUNT(gauges); i++) {
		uint64_t *counter = field(&part->counters, gauges[i]);

		__atomic_fetch_add(field(&stats->shared->counters, gauges[i]), *counter, __ATOMIC_RELAXED);
		__atomic_store_n(counter, 0, __ATOMIC_RELAXED);
		*field(&part->promised, gauges[i]) = 0;
	}
}

void stats_fini(struct stats *stats)
{
	for (unsigned int i = 0; i < THREAD_NUMBERS; i++) {
		if (!stats->part[i])
			continue;
		leave_gauges(stats, stats->part[i]);
		atomic_store(&stats->part[i]->owner, 0);
	}
}

void stats_forget(struct stats_shared *shared)
{
	for (unsigned int i = 0; i < atomic_load(&shared->part_count); i++) {
		drop_gauges(shared, &shared->part[i]);
		atomic_store(&shared->part[i].owner, 0);
	}
	for (unsigned int i = 0; i < ARRAY_COUNT(gauges); i++)
		*field(&shared->counters, gauges[i]) = *field(&shared->promised, gauges[i]) = 0;
}

struct stce_stats stats_sum(const struct stats_shared *shared)
{
	unsigned int count = atomic_load(&shared->part_count);
	struct stce_stats sum = { 0 };

#define ADD(field, unit, text) sum.field += __atomic_load_n(&counters->field, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i <= count; i++) {
		const struct stce_stats *counters = i ? &shared->part[i - 1].counters : &shared->counters;

		STCE_STATS(ADD)
	}
#undef ADD
	return sum;
}
