/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table is a tree: nodes of slots, and below them parts, each with at most 2^TCE_PART_BITS_MAX
 * 64-bit entries. A leaf of more entries, as Linux would allocate it, is one more node and several
 * parts. The top node exists from the start, all that is below it from the first write that needs
 * it, and no node is freed before the table is. So readers walk without a lock, and a pointer to an
 * entry stays good as long as the table. Excluding writers, where that is needed, is left to
 * tce/share.h.
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
#include "util/numa.h"

typedef _Atomic(uint64_t) tce_entry;
typedef _Atomic(uint64_t) tce_slot;    /* what is below it: a node or a part; 0 if it is missing */

#define TCE_PART_BITS_MAX 13
#define TCE_HEIGHT_MAX    (TCE_LEVELS_MAX + 1)

struct tce_table {
	struct tce_geometry geometry;
	tce_slot top;
	uint8_t height;             /* nodes above a part: 0 if the table is one part */
	uint8_t shift[TCE_HEIGHT_MAX + 1];   /* log2 of the entries below one slot of a node, by its height */
	struct stats *stats;   /* borrowed; counts the bytes of nodes */
	int node;                   /* NUMA node of the memory, or NUMA_ANYWHERE */
	_Atomic(uint64_t) bytes;    /* bytes of all nodes now */
};

/* The geometry must have passed tce_geometry_check_limits(). -ENOMEM. */
int tce_table_init(struct tce_table *table, const struct tce_geometry *geometry,
		   struct stats *stats, int node);
/* No reader may be left. */
void tce_table_fini(struct tce_table *table);

/*
 * Returns the first of the entries from index on that lie side by side in one leaf, and stores in
 * *count how many there are, at most limit. NULL: the leaf is missing, and *count is the number of
 * entries, at most limit, that the hole spans. index must be below entries.
 */
tce_entry *tce_table_span(const struct tce_table *table, struct tce_index index,
			  uint64_t limit, uint64_t *count);

/*
 * Makes every node and part that [first, first + count) needs, so that writing there cannot fail. -ENOMEM:
 * some of them may have been made, but no entry has changed.
 */
int tce_table_reserve(struct tce_table *table, struct tce_index first, uint64_t count);

/* Returns one entry, or 0 if its part is missing. index must be below entries. */
uint64_t tce_table_get(const struct tce_table *table, struct tce_index index);

/* Exchanges an entry, whose part must exist, and returns the old value. */
static inline uint64_t tce_entry_exchange(tce_entry *entry, uint64_t value)
{
	return atomic_exchange_explicit(entry, value, memory_order_seq_cst);
}

#endif
