/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table is a tree: nodes of slots, and below them parts, each with at most 2^TCE_PART_BITS_MAX
 * 64-bit entries. A leaf of more entries, as Linux would allocate it, is one more node and several
 * parts. The top exists from the start, all that is below it from the first write that needs it,
 * and no node is freed before the table is. Parts may go and change places, because tables hold
 * equal parts together (tce/part.h). So readers and writers are inside the RCU read lock, walk
 * without another one, and a pointer to an entry stays good until they leave. Excluding writers,
 * where that is needed, is left to tce/share.h.
 *
 * Tests quote the guarantees by letter:
 *
 *  (T1) A reader gets a whole entry that a writer stored.
 *  (T2) Of two exchanges of one entry, each gets what the other left.
 *  (T3) Two writers that need the same missing node or part end up with the same one.
 */
#ifndef STCE_TCE_TABLE_H
#define STCE_TCE_TABLE_H

#include <stdatomic.h>

#include "spapr-tce/stats.h"
#include "tce/entry.h"
#include "tce/geometry.h"
#include "tce/part.h"
#include "util/numa.h"

typedef _Atomic(uint64_t) tce_slot;    /* what is below it: a node or a part; 0 if it is missing */

#define TCE_PART_BITS_MAX 13
#define TCE_HEIGHT_MAX    (TCE_LEVELS_MAX + 1)

struct tce_table {
	struct tce_geometry geometry;
	tce_slot top;
	uint64_t part_mask;         /* entries of a part, less 1 */
	uint8_t height;             /* nodes above a part: 0 if the table is one part */
	uint8_t shift[TCE_HEIGHT_MAX + 1];   /* log2 of the entries below one slot of a node, by its height */
	struct stats *stats;   /* borrowed; counts the bytes of nodes */
	int node;                   /* NUMA node of the memory, or NUMA_ANYWHERE */
	_Atomic(uint64_t) bytes;    /* bytes of all nodes and parts now, those that others hold too included */
	pthread_mutex_t bytes_lock;   /* for what changes bytes or users; a leaf */
	uint64_t users;             /* windows that would need the table each, if they shared none */
	struct tce_parts *parts;    /* borrowed; NULL if the table shares none */
	struct tce_table *next, **link;   /* among all tables of its parts */
	struct tce_table *next_wish;
	atomic_bool was_offered;      /* a part of it has been offered at some time */
	atomic_bool was_taken;      /* tce_table_take() has left a hole at some time */
	_Atomic(uint64_t) wish;     /* what is to be scanned (tce/scan.c) */
};

/* The geometry must have passed tce_geometry_check_limits(). -ENOMEM. */
int tce_table_init(struct tce_table *table, const struct tce_geometry *geometry,
		   struct stats *stats, int node);
/* No reader may be left. Must not be called inside the RCU read lock. */
void tce_table_fini(struct tce_table *table);
/* Says how many windows use the table; the statistics want to know. It has one at first. */
void tce_table_set_users(struct tce_table *table, uint64_t users);
/* Lets a table that nobody uses yet hold parts together with others. */
void tce_table_share_parts(struct tce_table *table, struct tce_parts *parts);

/*
 * Returns the first of the entries from index on that lie side by side in one leaf, and stores in
 * *count how many there are, at most limit. NULL: the leaf is missing, and *count is the number of
 * entries, at most limit, that the hole spans. index must be below entries.
 */
tce_entry *tce_table_span(const struct tce_table *table, struct tce_index index,
			  uint64_t limit, uint64_t *count);

/*
 * Makes every node and part that [first, first + count) needs, and opens the parts that are offered,
 * so that writing there cannot fail until the read section ends (B4). -ENOMEM: some of them may
 * have been made or opened, but no entry has changed.
 */
int tce_table_reserve(struct tce_table *table, struct tce_index first, uint64_t count);
/*
 * Opens what is offered in the range, so that it can be cleared; holes stay. Parts that the range
 * covers stay offered as well, for tce_table_take(), which needs no memory, unless `whole` is true.
 */
int tce_table_open(struct tce_table *table, struct tce_index first, uint64_t count, bool whole);
/*
 * Opens what needs no memory for that. Returns whether the range can now be filled, or cleared, in
 * which case holes do not matter.
 */
bool tce_table_is_ready(struct tce_table *table, struct tce_index first, uint64_t count, bool to_fill);
/*
 * As tce_table_span() for writers of what has been reserved or opened: takes parts back that were
 * offered since. NULL and a *count of 0: the range was not opened, and other tables hold the part.
 */
tce_entry *tce_table_write_span(struct tce_table *table, struct tce_index index, uint64_t limit, uint64_t *count);
/* Returns the entries of a part. */
static inline uint64_t tce_table_part_size(const struct tce_table *table)
{
	return table->part_mask + 1;
}
/* Returns whether a part begins at the index, and whether the range from there covers it. */
static inline bool tce_table_is_at_part(const struct tce_table *table, struct tce_index index)
{
	return !(index.value & table->part_mask);
}
/* Returns whether the index is a part's last. A scan can be worth it only if it is, once one entry was filled. */
static inline bool tce_table_ends_part(const struct tce_table *table, struct tce_index index)
{
	return tce_table_is_at_part(table, to_index(index.value + 1));
}
bool tce_table_covers_part(const struct tce_table *table, struct tce_index index, uint64_t count);
/*
 * Takes an offered part that [index, index + limit) begins with and covers out of the table, and
 * leaves a hole. Returns its entries, which are now the caller's to uncount, and their number in
 * *count. They do not change before the caller leaves its read section (B3). NULL: there is no such
 * part.
 */
const tce_entry *tce_table_take(struct tce_table *table, struct tce_index index, uint64_t limit, uint64_t *count);
/*
 * Fills an empty table that nobody uses yet with the parts of another one of its shape, which
 * nobody writes. The caller holds the lock of the parts. -ENOMEM.
 */
int tce_table_copy(struct tce_table *to, struct tce_table *from);

/* Puts the table, which is on no such list, on its parts' list of wishes (tce/scan.h). Takes no lock. */
void tce_table_list_wish(struct tce_table *table);

/* Returns the slot of the part that has an index, or NULL; and the entries from there to its end or the hole's. */
tce_slot *tce_table_slot(struct tce_table *table, struct tce_index index, uint64_t *count);
/* Changes the slot of a part, unless it is not `now` any longer. A part that goes is counted. */
bool tce_table_change_slot(struct tce_table *table, tce_slot *slot, uint64_t now, uint64_t next);

/* Returns the slot of an index in a table of one node, which exists from the start and has a slot for each index. */
static inline tce_slot *tce_table_only_slot(const struct tce_table *table, struct tce_index index)
{
	return (tce_slot *)(uintptr_t)atomic_load_explicit(&table->top, memory_order_acquire) +
	       (index.value >> table->shift[1]);
}

static inline __attribute__((always_inline)) bool tce_table_own_entry_at(struct tce_table *table, tce_slot *slot,
									 struct tce_index index, tce_entry **entry)
{
	uint64_t now = atomic_load_explicit(slot, memory_order_acquire);

	if (unlikely(!now || now & TCE_SLOT_OFFERED))
		return false;
	*entry = (tce_entry *)tce_slot_pointer(now) + (index.value & table->part_mask);
	return true;
}

/* As tce_table_own_entry() below, for a table of one node. */
static inline __attribute__((always_inline)) bool tce_table_own_entry_flat(struct tce_table *table,
									   struct tce_index index, tce_entry **entry)
{
	return tce_table_own_entry_at(table, tce_table_only_slot(table, index), index, entry);
}

/*
 * Sets *entry to that of an index if a writer may write it at once, because its part exists and no
 * other table holds it. false: the writer must reserve or open it first.
 */
static inline __attribute__((always_inline)) bool tce_table_own_entry(struct tce_table *table, struct tce_index index,
								      tce_entry **entry)
{
	uint64_t count;
	tce_slot *slot;

	if (likely(table->height == 1))
		return tce_table_own_entry_flat(table, index, entry);
	slot = tce_table_slot(table, index, &count);
	return slot && tce_table_own_entry_at(table, slot, index, entry);
}

/* Returns the entries of the part that has an index in a table of one node, or NULL if the part is missing. */
static inline const tce_entry *tce_table_part_flat(const struct tce_table *table, struct tce_index index)
{
	return tce_slot_entries(atomic_load_explicit(tce_table_only_slot(table, index), memory_order_acquire));
}
/* Returns the entry of an index there, which the others of its part lie beside, or NULL. */
static inline const tce_entry *tce_table_entry_flat(const struct tce_table *table, struct tce_index index)
{
	const tce_entry *part = tce_table_part_flat(table, index);

	return likely(part) ? part + (index.value & table->part_mask) : NULL;
}
/* Returns whether one part of any table has both indices, so that no more than 2^TCE_PART_BITS_MAX lie between them. */
static inline bool tce_table_part_has_both(const struct tce_table *table, struct tce_index a, struct tce_index b)
{
	return likely((a.value ^ b.value) <= table->part_mask);
}

/* Returns one entry, or 0 if its part is missing. index must be below entries. The second is for a table of one node. */
uint64_t tce_table_get_deep(const struct tce_table *table, struct tce_index index);
static inline uint64_t tce_table_get_flat(const struct tce_table *table, struct tce_index index)
{
	const tce_entry *part = tce_table_part_flat(table, index);

	return likely(part) ? atomic_load_explicit(&part[index.value & table->part_mask], memory_order_acquire) : 0;
}
static inline bool tce_table_is_flat(const struct tce_table *table)
{
	return likely(table->height == 1);
}
static inline uint64_t tce_table_get(const struct tce_table *table, struct tce_index index)
{
	return tce_table_is_flat(table) ? tce_table_get_flat(table, index) : tce_table_get_deep(table, index);
}

#endif
