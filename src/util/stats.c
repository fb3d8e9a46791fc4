/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peak of a gauge that many threads change by plain stores: each promises
 * how far it goes, the promises are added up atomically, and their peak is
 * kept. A promise is moved only when a thread goes beyond it or far below it.
 */
#include "util/stats.h"

#include <string.h>

#include "util/os.h"

void stats_init(struct stats *stats, struct stats_shared *shared)
{
	memset(stats, 0, sizeof(*stats));
	stats->shared = shared;
	stats->process = os_getpid();
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

void stats_gauge_add(struct stats *stats, size_t gauge, size_t peak, uint64_t n)
{
	char *counters = (char *)&stats->shared->counters;

	raise_peak((uint64_t *)(counters + peak),
		   __atomic_add_fetch((uint64_t *)(counters + gauge), n, __ATOMIC_RELAXED));
}

static void promise(struct stats_shared *shared, uint64_t n)
{
	raise_peak(&shared->counters.pages_mapped_peak,
		   __atomic_add_fetch(&shared->promised, n, __ATOMIC_RELAXED));
}

void stats_promise(struct stats *stats, struct stats_part *part)
{
	uint64_t more = part->counters.pages_mapped - part->promised;

	part->promised += more;
	promise(stats->shared, more);
}

void stats_map_without_part(struct stats *stats, uint64_t n)
{
	__atomic_fetch_add(&stats->shared->counters.pages_mapped, n, __ATOMIC_RELAXED);
	promise(stats->shared, n);
}

/* Free, or left behind by a process that ended without a word. */
static bool take(struct stats_part *part, int process, bool from_the_dead)
{
	int owner = atomic_load(&part->owner);

	if (owner && (!from_the_dead || os_process_lives(owner)))
		return false;
	return atomic_compare_exchange_strong(&part->owner, &owner, process);
}

static struct stats_part *find_part(struct stats_shared *shared, int process)
{
	for (unsigned int i = 0; i < 2 * STATS_PARTS; i++) {
		unsigned int n = i % STATS_PARTS, seen = atomic_load(&shared->part_count);

		if (!take(&shared->part[n], process, i >= STATS_PARTS))
			continue;
		while (seen <= n && !atomic_compare_exchange_weak(&shared->part_count, &seen, n + 1))
			;
		return &shared->part[n];
	}
	return NULL;
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

void stats_fini(struct stats *stats)
{
	for (unsigned int i = 0; i < THREAD_NUMBERS; i++) {
		struct stats_part *part = stats->part[i];

		if (!part)
			continue;
		stats_promise(stats, part);
		atomic_store(&part->owner, 0);
	}
}

void stats_forget(struct stats_shared *shared)
{
	shared->counters.table_bytes = 0;
	shared->counters.pages_mapped = 0;
	shared->counters.registered_bytes = 0;
	shared->counters.locked_bytes = 0;
	shared->promised = 0;
	for (unsigned int i = 0; i < atomic_load(&shared->part_count); i++) {
		struct stats_part *part = &shared->part[i];

		part->counters.pages_mapped = 0;
		part->promised = 0;
		atomic_store(&part->owner, 0);
	}
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
