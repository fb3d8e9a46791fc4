/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements scan.h. All scans are under the lock of the parts, which also keeps the tables. One
 * grace period serves a batch of parts that are offered, and what was retired before it.
 */
#include "tce/scan.h"

#include <stdlib.h>

#define BATCH 256
#define WISH_COUNT_BITS 24
#define WISH_COUNT_MAX  (bit64(WISH_COUNT_BITS) - 1)
#define VACATED_SHARE 64                   /* one vacated reference may wait for so many parts */
/*
 * A scan of all tables is due when each part was opened twice, so that parts which are all written again
 * and again are not offered each time.
 */
#define WORK_PER_SLOT 2
#define OPENED_LIMIT (2 * TCE_SLOT_OPENED)   /* a part that was opened so often is left to a scan of all tables */

struct scan {
	struct tce_parts *parts;
	bool is_of_all;                 /* also of parts that were opened often */
	unsigned int count;
	struct {
		struct tce_table *table;
		tce_slot *slot;
		struct tce_part *part;
	} offered[BATCH];
};

/* Lets the slot lead to an equal part, or lists its own part for others. */
static void share(struct scan *scan, struct tce_table *table, tce_slot *slot, struct tce_part *part)
{
	uint64_t now = atomic_load(slot), bits = now & TCE_SLOT_BITS;
	struct tce_part *other;

	atomic_store(&part->is_settled, true);
	/* A writer has opened it meanwhile. */
	if (tce_slot_pointer(now) != part || !(now & TCE_SLOT_OFFERED))
		return;
	if (tce_part_is_empty(part)) {
		if (tce_table_change_slot(table, slot, now, 0))
			tce_part_leave(scan->parts, part);
		return;
	}
	other = tce_parts_find_equal(scan->parts, part);
	if (!other)
		tce_parts_list(scan->parts, part);
	else if (tce_table_change_slot(table, slot, now, (uintptr_t)other | bits))
		tce_part_leave(scan->parts, part);
	else
		tce_part_put(scan->parts, other);
}

static void finish_batch(struct scan *scan)
{
	struct tce_part_waste waste;

	if (!tce_parts_take_waste(scan->parts, &waste) && !scan->count)
		return;
	rcu_synchronize();
	for (unsigned int i = 0; i < scan->count; i++)
		share(scan, scan->offered[i].table, scan->offered[i].slot, scan->offered[i].part);
	tce_parts_free_waste(scan->parts, &waste);
	scan->count = 0;
}

static void offer(struct scan *scan, struct tce_table *table, tce_slot *slot)
{
	uint64_t now = atomic_load(slot), opened = now & TCE_SLOT_OPENED_MAX;
	struct tce_part *part;

	if (!now || now & TCE_SLOT_OFFERED || (opened >= OPENED_LIMIT && !scan->is_of_all))
		return;
	part = tce_part_new(tce_slot_pointer(now), table->shift[1], table->node);
	if (!part)
		return;
	atomic_store(&table->was_offered, true);
	if (!tce_table_change_slot(table, slot, now, (uintptr_t)part | TCE_SLOT_OFFERED | opened)) {
		free(part);
		return;
	}
	scan->offered[scan->count].table = table;
	scan->offered[scan->count].slot = slot;
	scan->offered[scan->count++].part = part;
	if (scan->count == BATCH)
		finish_batch(scan);
}

static void scan_range(struct scan *scan, struct tce_table *table, uint64_t first, uint64_t end)
{
	for (uint64_t at = first, n; at < end; at += n) {
		tce_slot *slot = tce_table_slot(table, to_index(at), &n);

		if (slot)
			offer(scan, table, slot);
	}
}

/* Scans what tables have wished. */
static void scan_wishes(struct scan *scan)
{
	struct tce_table *next, *table = atomic_exchange(&scan->parts->wishes, NULL);

	for (; table; table = next) {
		uint64_t wish, first;

		/* After the exchange a writer may list the table again. */
		next = table->next_wish;
		wish = atomic_exchange(&table->wish, 0);
		first = (wish >> WISH_COUNT_BITS) << TCE_SCAN_BITS;
		scan_range(scan, table, first,
			min_u64(first + ((wish & WISH_COUNT_MAX) << TCE_SCAN_BITS), table->geometry.entries));
	}
}

static void scan_tables(struct scan *scan)
{
	scan->is_of_all = true;
	atomic_store_explicit(&scan->parts->work, 0, memory_order_relaxed);
	for (struct tce_table *table = scan->parts->tables; table; table = table->next)
		scan_range(scan, table, 0, table->geometry.entries);
}

static void run(struct tce_parts *parts, bool of_all)
{
	struct scan scan = { .parts = parts };
	uint64_t work;

	pthread_mutex_lock(&parts->lock);
	atomic_store(&parts->is_due, false);
	scan_wishes(&scan);
	work = atomic_load_explicit(&parts->work, memory_order_relaxed);
	if (of_all || work >= atomic_load_explicit(&parts->slot_count, memory_order_relaxed) * WORK_PER_SLOT + TCE_WORK_MAX)
		scan_tables(&scan);
	finish_batch(&scan);
	/* The next scan gives back what was vacated in this one, unless that is a part of it that counts. */
	if (atomic_load_explicit(&parts->vacated_count, memory_order_relaxed) > parts->part_count / VACATED_SHARE)
		finish_batch(&scan);
	pthread_mutex_unlock(&parts->lock);
}

void tce_scan_due(struct tce_parts *parts)
{
	run(parts, false);
}

void tce_scan_all(struct tce_parts *parts)
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

void tce_scan_wish(struct tce_table *table, uint64_t first, uint64_t count)
{
	struct tce_parts *parts = table->parts;
	uint64_t end = (first + count + bit64(TCE_SCAN_BITS) - 1) >> TCE_SCAN_BITS, old;

	if (!parts || !atomic_load_explicit(&parts->is_automatic, memory_order_relaxed))
		return;
	old = atomic_load(&table->wish);
	while (!atomic_compare_exchange_weak(&table->wish, &old, widen(old, first >> TCE_SCAN_BITS, end)))
		;
	if (!old)
		tce_table_list_wish(table);
	atomic_store(&parts->is_due, true);
}
