/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the parts in the shared memory: which process has which part, what is dropped for processes
 * that have ended, and the sum. Another process may change that memory at any time (C4), so a
 * number that bounds a loop is read once and limited.
 */
#include "util/stats_parts.h"

#include "util/mm.h"
#include "util/sized.h"

const size_t stats_gauges[STATS_GAUGES] = {
	offsetof(struct stce_stats, table_bytes), offsetof(struct stce_stats, table_bytes_unshared),
	offsetof(struct stce_stats, pages_mapped),
	offsetof(struct stce_stats, registered_bytes), offsetof(struct stce_stats, locked_bytes),
};

static const struct {
	size_t part, count;
	unsigned int limit;
} kinds[STATS_KINDS] = {
	{ offsetof(struct stats_shared, part), offsetof(struct stats_shared, part_count), STATS_PARTS },
	{ offsetof(struct stats_shared, common), offsetof(struct stats_shared, common_count), STATS_COMMON },
};

static struct stats_part *parts_of(const struct stats_shared *shared, enum stats_kind kind)
{
	return (struct stats_part *)((char *)shared + kinds[kind].part);
}

static _Atomic(unsigned int) *count_of(const struct stats_shared *shared, enum stats_kind kind)
{
	return (_Atomic(unsigned int) *)((char *)shared + kinds[kind].count);
}

/* Returns the end of the parts that have ever been used. */
static struct stats_part *end_of(const struct stats_shared *shared, enum stats_kind kind)
{
	return parts_of(shared, kind) + min_u64(atomic_load(count_of(shared, kind)), kinds[kind].limit);
}

static bool claim_part(struct stats_part *part, uint64_t from, uint64_t process)
{
	return atomic_compare_exchange_strong(&part->owner, &from, process);
}

/*
 * Drops the gauges of a process that has ended. The caller has claimed the part, or no process is
 * left.
 */
static void drop_gauges(struct stats_shared *shared, struct stats_part *part)
{
	for (unsigned int i = 0; i < STATS_GAUGES; i++) {
		uint64_t *bound = stats_field(&part->bound, stats_gauges[i]);

		__atomic_fetch_sub(stats_field(&shared->bound, stats_gauges[i]), *bound, __ATOMIC_RELAXED);
		*bound = 0;
		__atomic_store_n(stats_field(&part->counters, stats_gauges[i]), 0, __ATOMIC_RELAXED);
	}
}

/*
 * Returns whether a part's owner has ended. *living is the process that was last found alive, which
 * need not be asked about again.
 */
static bool has_ended(const struct life *life, uint64_t owner, uint64_t *living)
{
	if (!owner || owner == *living)
		return false;
	if (!life_is(life, owner))
		return true;
	*living = owner;
	return false;
}

static void bury_kind(struct stats_shared *shared, enum stats_kind kind, const struct life *life)
{
	struct stats_part *end = end_of(shared, kind);
	uint64_t me = mm_current(), living = me;

	for (struct stats_part *part = parts_of(shared, kind); part < end; part++) {
		uint64_t owner = atomic_load(&part->owner);

		if (!has_ended(life, owner, &living) || !claim_part(part, owner, me))
			continue;
		drop_gauges(shared, part);
		atomic_store(&part->owner, 0);
	}
}

void stats_bury(struct stats_shared *shared, const struct life *life)
{
	for (enum stats_kind kind = 0; kind < STATS_KINDS; kind++)
		bury_kind(shared, kind, life);
}

static void forget_kind(struct stats_shared *shared, enum stats_kind kind)
{
	struct stats_part *end = end_of(shared, kind);

	for (struct stats_part *part = parts_of(shared, kind); part < end; part++) {
		drop_gauges(shared, part);
		atomic_store(&part->owner, 0);
	}
}

void stats_forget(struct stats_shared *shared)
{
	for (enum stats_kind kind = 0; kind < STATS_KINDS; kind++)
		forget_kind(shared, kind);
	for (unsigned int i = 0; i < STATS_GAUGES; i++) {
		*stats_field(&shared->counters, stats_gauges[i]) = 0;
		*stats_field(&shared->bound, stats_gauges[i]) = 0;
	}
}

static struct stats_part *claim_free(struct stats_shared *shared, enum stats_kind kind, uint64_t process)
{
	unsigned int n = 0, seen = atomic_load(count_of(shared, kind));
	struct stats_part *part = parts_of(shared, kind);

	while (n < kinds[kind].limit && !claim_part(&part[n], 0, process))
		n++;
	if (n == kinds[kind].limit)
		return NULL;
	for (unsigned int i = 0; i < STATS_TRIES && seen <= n; i++)
		if (atomic_compare_exchange_weak(count_of(shared, kind), &seen, n + 1))
			break;
	return &part[n];
}

struct stats_part *stats_claim_free_part(struct stats *stats, enum stats_kind kind)
{
	struct stats_part *part = claim_free(stats->shared, kind, stats->process);

	if (part)
		return part;
	stats_bury(stats->shared, stats->life);
	return claim_free(stats->shared, kind, stats->process);
}

static void add(struct stce_stats *sum, const struct stce_stats *counters)
{
#define ADD(field, unit, text) sum->field += __atomic_load_n(&counters->field, __ATOMIC_RELAXED);
	STCE_STATS(ADD)
#undef ADD
}

static void add_part(struct stce_stats *sum, const struct stats_part *part, bool has_gauges)
{
	struct stce_stats alone = { 0 };

	add(&alone, &part->counters);
	for (unsigned int i = 0; i < STATS_GAUGES && !has_gauges; i++)
		*stats_field(&alone, stats_gauges[i]) = 0;
	add(sum, &alone);
}

static void add_kind(struct stce_stats *sum, const struct stats_shared *shared, enum stats_kind kind,
		     const struct life *life)
{
	const struct stats_part *end = end_of(shared, kind);
	uint64_t living = mm_current();

	for (const struct stats_part *part = parts_of(shared, kind); part < end; part++)
		add_part(sum, part, !life || !has_ended(life, atomic_load(&part->owner), &living));
}

struct stce_stats stats_sum(const struct stats_shared *shared, const struct life *life)
{
	struct stce_stats sum = { 0 };

	add(&sum, &shared->counters);
	for (enum stats_kind kind = 0; kind < STATS_KINDS; kind++)
		add_kind(&sum, shared, kind, life);
	return sum;
}

void stats_give(const struct stce_stats *sum, struct stce_stats *stats, size_t size)
{
	sized_give(stats, size, sum, sizeof(*sum));
}
