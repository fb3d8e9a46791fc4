/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements part.h: records, their chains by hash, and what waits for readers. A hash is made of
 * some of the entries, because a candidate is compared entry by entry anyway.
 */
#include "tce/part.h"

#include "util/alloc.h"
#include "util/numa.h"
#include "util/stats.h"

#define SAMPLE_COUNT    64
#define CANDIDATE_MAX   8               /* parts with one hash that are compared at most */
#define FIRST_CHAINS    256

void tce_parts_init(struct tce_parts *parts, struct stats *stats)
{
	*parts = (struct tce_parts){ .stats = stats };
	pthread_mutex_init(&parts->lock, NULL);
}

void tce_parts_fini(struct tce_parts *parts)
{
	struct tce_part_waste waste;

	if (tce_parts_take_waste(parts, &waste))
		tce_parts_free_waste(parts, &waste);
	free(parts->chain);
	pthread_mutex_destroy(&parts->lock);
}

struct tce_part *tce_part_new(tce_entry *entry, unsigned int bits, int node)
{
	struct tce_part *part = ALLOC(struct tce_part);

	if (!part)
		return NULL;
	part->entry = entry;
	part->bits = (uint8_t)bits;
	part->node = node;
	atomic_store_explicit(&part->references, 1, memory_order_relaxed);
	return part;
}

bool tce_part_take_back(struct tce_part *part)
{
	uint64_t one = 1;

	return atomic_compare_exchange_strong(&part->references, &one, 0) || !one;
}

/* Puts a part on a list without a lock; `next` is its link there. */
static void push(_Atomic(struct tce_part *) *list, struct tce_part *part, struct tce_part **next)
{
	*next = atomic_load_explicit(list, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(list, next, part, memory_order_release, memory_order_relaxed))
		;
}

static void count_work(struct tce_parts *parts)
{
	if (atomic_fetch_add_explicit(&parts->work, 1, memory_order_relaxed) % TCE_WORK_MAX == TCE_WORK_MAX - 1)
		atomic_store_explicit(&parts->is_due, true, memory_order_relaxed);
}

void tce_part_retire(struct tce_parts *parts, struct tce_part *part)
{
	push(&parts->retired, part, &part->next_retired);
	count_work(parts);
}

void tce_part_leave(struct tce_parts *parts, struct tce_part *part)
{
	atomic_fetch_add_explicit(&parts->vacated_count, 1, memory_order_relaxed);
	/* The first that leaves lists the part; the others need not. */
	if (!atomic_fetch_add(&part->vacated, 1))
		push(&parts->vacated, part, &part->next_vacated);
	count_work(parts);
}

static uint64_t load(const struct tce_part *part, uint64_t i)
{
	return atomic_load_explicit(&part->entry[i], memory_order_relaxed);
}

static uint64_t hash_of(const struct tce_part *part)
{
	uint64_t count = bit64(part->bits), step = max_u64(count / SAMPLE_COUNT, 1), hash = count;

	for (uint64_t i = step - 1; i < count; i += step) {
		hash = (hash ^ load(part, i)) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash;
}

static bool is_equal(const struct tce_part *a, const struct tce_part *b)
{
	uint64_t differs = 0, count = bit64(a->bits);

	for (uint64_t i = 0; i < count && !differs; i += 8)
		for (unsigned int n = 0; n < 8; n++)
			differs |= load(a, i + n) ^ load(b, i + n);
	return !differs;
}

bool tce_part_is_empty(const struct tce_part *part)
{
	for (uint64_t i = bit64(part->bits); i; i--)
		if (load(part, i - 1))
			return false;
	return true;
}

/* Adds a reference, unless there is none: then its entries may change. */
static bool hold(struct tce_part *part)
{
	uint64_t references = atomic_load(&part->references);

	while (references && !atomic_compare_exchange_weak(&part->references, &references, references + 1))
		;
	return references;
}

static struct tce_part **chain_of(const struct tce_parts *parts, uint64_t hash)
{
	return &parts->chain[hash & (parts->chain_count - 1)];
}

struct tce_part *tce_parts_find_equal(struct tce_parts *parts, struct tce_part *part)
{
	struct tce_part *other, *next;
	unsigned int compared = 0;

	if (!parts->chain)
		return NULL;
	part->hash = hash_of(part);
	for (other = *chain_of(parts, part->hash); other && compared < CANDIDATE_MAX; other = next) {
		next = other->next;
		if (other->hash != part->hash || other->bits != part->bits || other->node != part->node || !hold(other))
			continue;
		compared++;
		if (is_equal(part, other))
			return other;
		tce_part_put(parts, other);
	}
	return NULL;
}

/* Doubles the number of chains. Without memory they become longer. */
static void grow(struct tce_parts *parts)
{
	uint64_t count = parts->chain ? 2 * parts->chain_count : FIRST_CHAINS;
	struct tce_part **old = parts->chain, **chain = alloc_zero(count, sizeof(*chain));

	if (!chain)
		return;
	parts->chain = chain;
	for (uint64_t i = 0; old && i < parts->chain_count; i++)
		for (struct tce_part *part = old[i], *next; part; part = next) {
			next = part->next;
			part->next = chain[part->hash & (count - 1)];
			chain[part->hash & (count - 1)] = part;
		}
	parts->chain_count = count;
	free(old);
}

void tce_parts_list(struct tce_parts *parts, struct tce_part *part)
{
	struct tce_part **chain;

	if (parts->part_count >= parts->chain_count)
		grow(parts);
	if (!parts->chain)
		return;
	part->hash = hash_of(part);
	chain = chain_of(parts, part->hash);
	part->next = *chain;
	*chain = part;
	part->is_listed = true;
	parts->part_count++;
}

static void unlist(struct tce_parts *parts, struct tce_part *part)
{
	struct tce_part **link = chain_of(parts, part->hash);

	while (*link != part)
		link = &(*link)->next;
	*link = part->next;
	part->is_listed = false;
	parts->part_count--;
}

void tce_part_put(struct tce_parts *parts, struct tce_part *part)
{
	uint64_t references = atomic_load(&part->references), size = bit64(part->bits) * sizeof(tce_entry);

	/* A writer that wanted to take the part back, and has lost its slot, has left 0. */
	while (references && !atomic_compare_exchange_weak(&part->references, &references, references - 1))
		;
	if (references > 1)
		return;
	if (part->is_listed)
		unlist(parts, part);
	STATS_GAUGE_SUB(parts->stats, table_bytes, size);
	numa_memory_free(part->node, (void *)part->entry, size);
	free(part);
}

bool tce_parts_take_waste(struct tce_parts *parts, struct tce_part_waste *waste)
{
	struct tce_part *vacated, *next;

	*waste = (struct tce_part_waste){ .retired = atomic_exchange(&parts->retired, NULL) };
	for (struct tce_part *part = waste->retired; part; part = part->next_retired)
		if (part->is_listed)
			unlist(parts, part);
	atomic_store_explicit(&parts->vacated_count, 0, memory_order_relaxed);
	vacated = atomic_exchange(&parts->vacated, NULL);
	for (struct tce_part *part = vacated; part; part = next) {
		/* After the exchange a slot that leaves the part may list it again. */
		next = part->next_vacated;
		part->given_back = atomic_exchange(&part->vacated, 0);
		part->next_given_back = waste->given_back;
		waste->given_back = part;
	}
	return waste->retired || waste->given_back;
}

void tce_parts_free_waste(struct tce_parts *parts, const struct tce_part_waste *waste)
{
	struct tce_part *next;

	for (struct tce_part *part = waste->retired; part; part = next) {
		next = part->next_retired;
		free(part);
	}
	for (struct tce_part *part = waste->given_back; part; part = next) {
		next = part->next_given_back;
		for (uint64_t n = part->given_back; n; n--)
			tce_part_put(parts, part);
	}
}

void tce_part_copy(tce_entry *to, const tce_entry *from, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		atomic_store_explicit(&to[i], atomic_load_explicit(&from[i], memory_order_relaxed),
				      memory_order_relaxed);
}
