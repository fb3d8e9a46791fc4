/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements look.h. All looks are under the lock of the parts, which also keeps the tables. One
 * grace period serves a batch of parts that are filed, and what was retired before it.
 */
#include "tce/look.h"

#include <stdlib.h>

#define BATCH 256
#define WISH_COUNT_BITS 24
#define WISH_COUNT_MAX  (bit64(WISH_COUNT_BITS) - 1)
#define DEAD_SHARE 64                   /* one retired part may wait for so many that are held */
/*
 * A look at all is due when each part was opened twice, so that parts which are all written again
 * and again are not filed each time.
 */
#define WORK_PER_SLOT 2
#define OPENED_LIMIT (2 * TCE_SLOT_OPENED)   /* a part that was opened so often is left to a look at all */

struct look {
	struct tce_parts *parts;
	bool is_at_all;                 /* also at parts that were opened often */
	unsigned int count;
	struct {
		struct tce_table *table;
		tce_slot *slot;
		struct tce_part *part;
	} filed[BATCH];
};

/* Lets the slot lead to an equal part, or lists its own part for others. */
static void share(struct look *look, struct tce_table *table, tce_slot *slot, struct tce_part *part)
{
	uint64_t now = atomic_load(slot), bits = now & TCE_SLOT_BITS;
	struct tce_part *other;

	atomic_store(&part->is_settled, true);
	/* A writer has opened it meanwhile. */
	if (tce_slot_pointer(now) != part || !(now & TCE_SLOT_FILED))
		return;
	if (tce_part_is_empty(part)) {
		if (tce_table_change_slot(table, slot, now, 0))
			tce_part_drop(look->parts, part);
		return;
	}
	other = tce_parts_find_equal(look->parts, part);
	if (!other)
		tce_parts_list(look->parts, part);
	else
		tce_part_drop(look->parts, tce_table_change_slot(table, slot, now, (uintptr_t)other | bits) ? part : other);
}

static void finish_batch(struct look *look)
{
	struct tce_part *dead = tce_parts_unlist_dead(look->parts);

	if (!look->count && !dead)
		return;
	rcu_synchronize();
	for (unsigned int i = 0; i < look->count; i++)
		share(look, look->filed[i].table, look->filed[i].slot, look->filed[i].part);
	tce_parts_free(look->parts, dead);
	look->count = 0;
}

static void file(struct look *look, struct tce_table *table, tce_slot *slot)
{
	uint64_t now = atomic_load(slot), opened = now & TCE_SLOT_OPENED_MAX;
	struct tce_part *part;

	if (!now || now & TCE_SLOT_FILED || (opened >= OPENED_LIMIT && !look->is_at_all))
		return;
	part = tce_part_new(tce_slot_pointer(now), table->shift[1], table->node);
	if (!part)
		return;
	atomic_store(&table->was_filed, true);
	if (!tce_table_change_slot(table, slot, now, (uintptr_t)part | TCE_SLOT_FILED | opened)) {
		free(part);
		return;
	}
	look->filed[look->count].table = table;
	look->filed[look->count].slot = slot;
	look->filed[look->count++].part = part;
	if (look->count == BATCH)
		finish_batch(look);
}

static void look_at(struct look *look, struct tce_table *table, uint64_t first, uint64_t end)
{
	for (uint64_t at = first, n; at < end; at += n) {
		tce_slot *slot = tce_table_slot(table, to_index(at), &n);

		if (slot)
			file(look, table, slot);
	}
}

/* Looks at what tables have wished. */
static void look_at_wishes(struct look *look)
{
	struct tce_table *next, *table = atomic_exchange(&look->parts->wishes, NULL);

	for (; table; table = next) {
		uint64_t wish, first;

		/* After the exchange a writer may list the table again. */
		next = table->next_wish;
		wish = atomic_exchange(&table->wish, 0);
		first = (wish >> WISH_COUNT_BITS) << TCE_LOOK_BITS;
		look_at(look, table, first,
			min_u64(first + ((wish & WISH_COUNT_MAX) << TCE_LOOK_BITS), table->geometry.entries));
	}
}

static void look_at_tables(struct look *look)
{
	look->is_at_all = true;
	atomic_store_explicit(&look->parts->work, 0, memory_order_relaxed);
	for (struct tce_table *table = look->parts->tables; table; table = table->next)
		look_at(look, table, 0, table->geometry.entries);
}

static void run(struct tce_parts *parts, bool at_all)
{
	struct look look = { .parts = parts };
	uint64_t work;

	pthread_mutex_lock(&parts->lock);
	atomic_store(&parts->is_due, false);
	look_at_wishes(&look);
	work = atomic_load_explicit(&parts->work, memory_order_relaxed);
	if (at_all || work >= atomic_load_explicit(&parts->slot_count, memory_order_relaxed) * WORK_PER_SLOT + TCE_WORK_MAX)
		look_at_tables(&look);
	finish_batch(&look);
	/* The next look frees what this one has retired, unless that is a part of it that counts. */
	if (atomic_load_explicit(&parts->dead_count, memory_order_relaxed) > parts->part_count / DEAD_SHARE)
		finish_batch(&look);
	pthread_mutex_unlock(&parts->lock);
}

void tce_look_due(struct tce_parts *parts)
{
	run(parts, false);
}

void tce_look_all(struct tce_parts *parts)
{
	run(parts, true);
}

/* Returns the first range widened by the second, both as the words of wishes; 0 is no range. */
static uint64_t widen(uint64_t old, uint64_t first, uint64_t end)
{
	uint64_t old_first = old >> WISH_COUNT_BITS;

	if (old) {
		end = max_u64(end, old_first + (old & WISH_COUNT_MAX));
		first = min_u64(first, old_first);
	}
	return first << WISH_COUNT_BITS | min_u64(end - first, WISH_COUNT_MAX);
}

void tce_look_wish(struct tce_table *table, uint64_t first, uint64_t count)
{
	struct tce_parts *parts = table->parts;
	uint64_t end = (first + count + bit64(TCE_LOOK_BITS) - 1) >> TCE_LOOK_BITS, old;

	if (!parts || !atomic_load_explicit(&parts->is_automatic, memory_order_relaxed))
		return;
	old = atomic_load(&table->wish);
	while (!atomic_compare_exchange_weak(&table->wish, &old, widen(old, first >> TCE_LOOK_BITS, end)))
		;
	if (!old)
		tce_table_list_wish(table);
	atomic_store(&parts->is_due, true);
}
