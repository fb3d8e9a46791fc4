/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of one window: a tree of nodes of 64-bit entries. The top node
 * exists from the start, lower ones from the first write that needs them, and
 * none goes away before the table does; so readers walk without a lock, and
 * a pointer to an entry stays good as long as the table.
 *
 * Guarantees, tested by letter in tests/torture:
 *  (T1) an entry read is one that somebody wrote, whole;
 *  (T2) of two exchanges of one entry, each gets what the other left;
 *  (T3) two writers that need one missing node end up with the same node.
 */
#ifndef STCE_TCE_TABLE_H
#define STCE_TCE_TABLE_H

#include <stdatomic.h>

#include "spapr-tce/stats.h"
#include "tce/entry.h"
#include "tce/geometry.h"
#include "util/numa.h"

typedef _Atomic(uint64_t) tce_entry;

struct tce_table {
	struct tce_geometry geometry;
	tce_entry *top;
	struct stats *stats;   /* borrowed; counts the bytes of nodes */
	int node;                   /* NUMA node of the memory, or NUMA_ANYWHERE */
	_Atomic(uint64_t) bytes;    /* in nodes now */
};

/* The geometry must have passed tce_geometry_check_limits(). -ENOMEM. */
int tce_table_init(struct tce_table *table, const struct tce_geometry *geometry,
		   struct stats *stats, int node);
/* No reader may be left. */
void tce_table_fini(struct tce_table *table);

/*
 * The entries from index on that lie side by side in one leaf: their first,
 * and in *count how many there are, at most limit. NULL where the leaf is
 * missing; *count is then the entries that the hole spans. index < entries.
 */
tce_entry *tce_table_span(const struct tce_table *table, struct tce_index index,
			  uint64_t limit, uint64_t *count);

/*
 * Makes every node that [first, first + count) needs, so that writing there
 * cannot fail. -ENOMEM: some may have been made; no entry has changed.
 */
int tce_table_reserve(struct tce_table *table, struct tce_index first, uint64_t count);

/* One entry, 0 where the node is missing. index < entries. */
uint64_t tce_table_get(const struct tce_table *table, struct tce_index index);

/* Swaps one entry of a reserved index for another; returns the old one. */
static inline uint64_t tce_entry_exchange(tce_entry *entry, uint64_t value)
{
	return atomic_exchange_explicit(entry, value, memory_order_seq_cst);
}

#endif
