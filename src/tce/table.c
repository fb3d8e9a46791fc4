/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks the tree by one digit of the index for each level, the most significant first. A missing
 * node is made outside any lock and inserted by compare and swap; the thread that loses frees its
 * own.
 */
#include "tce/table.h"

#include <errno.h>

#include "util/reason.h"
#include "util/stats.h"

static uint64_t node_entries(const struct tce_table *t)
{
	return bit64(t->geometry.digit_bits);
}

static tce_entry *node_new(struct tce_table *t)
{
	uint64_t size = tce_geometry_node_size(&t->geometry);
	tce_entry *node = numa_memory(t->node, size);

	if (!node)
		return NULL;
	atomic_fetch_add_explicit(&t->bytes, size, memory_order_relaxed);
	STATS_GAUGE_ADD(t->stats, table_bytes, size);
	return node;
}

static void node_free(struct tce_table *t, tce_entry *node)
{
	uint64_t size = tce_geometry_node_size(&t->geometry);

	atomic_fetch_sub_explicit(&t->bytes, size, memory_order_relaxed);
	STATS_GAUGE_SUB(t->stats, table_bytes, size);
	numa_memory_free(t->node, node, size);
}

static void tree_free(struct tce_table *t, tce_entry *node, unsigned int level)
{
	if (level > 1) {
		for (uint64_t i = 0; i < node_entries(t); i++) {
			uint64_t below = atomic_load_explicit(&node[i], memory_order_relaxed);

			if (below)
				tree_free(t, (tce_entry *)(uintptr_t)below, level - 1);
		}
	}
	node_free(t, node);
}

int tce_table_init(struct tce_table *t, const struct tce_geometry *geometry,
		   struct stats *stats, int node)
{
	*t = (struct tce_table){ .geometry = *geometry, .stats = stats, .node = node };
	t->top = node_new(t);
	if (!t->top)
		return REASON(-ENOMEM, "no memory for the top node of a table");
	return 0;
}

void tce_table_fini(struct tce_table *t)
{
	if (t->top)
		tree_free(t, t->top, t->geometry.levels);
	t->top = NULL;
}

static uint64_t digit(const struct tce_table *t, uint64_t index, unsigned int level)
{
	return (index >> (t->geometry.digit_bits * (level - 1))) & (node_entries(t) - 1);
}

/* Returns the node below *slot and makes it if it is missing; NULL if there is no memory. */
static tce_entry *node_below(struct tce_table *t, tce_entry *slot)
{
	uint64_t below = atomic_load_explicit(slot, memory_order_acquire);
	tce_entry *made;

	if (likely(below))
		return (tce_entry *)(uintptr_t)below;
	made = node_new(t);
	if (!made)
		return NULL;
	if (atomic_compare_exchange_strong_explicit(slot, &below, (uintptr_t)made,
						    memory_order_acq_rel,
						    memory_order_acquire))
		return made;
	node_free(t, made);
	return (tce_entry *)(uintptr_t)below;
}

tce_entry *tce_table_span(const struct tce_table *t, struct tce_index index,
			  uint64_t limit, uint64_t *count)
{
	tce_entry *node = t->top;
	unsigned int level = t->geometry.levels;
	uint64_t width;

	for (; level > 1; level--) {
		uint64_t below = atomic_load_explicit(&node[digit(t, index.value, level)],
						      memory_order_acquire);

		if (unlikely(!below)) {
			node = NULL;
			break;
		}
		node = (tce_entry *)(uintptr_t)below;
	}
	/*
	 * A leaf has one digit of entries; a hole is as wide as everything below the missing node.
	 */
	width = bit64(t->geometry.digit_bits * (node ? 1 : level - 1));
	*count = min_u64(limit, width - (index.value & (width - 1)));
	return node ? node + digit(t, index.value, 1) : NULL;
}

int tce_table_reserve(struct tce_table *t, struct tce_index first, uint64_t count)
{
	for (uint64_t at = first.value, step; count; at += step, count -= step) {
		tce_entry *node = t->top;

		for (unsigned int level = t->geometry.levels; level > 1; level--) {
			node = node_below(t, &node[digit(t, at, level)]);
			if (!node)
				return REASON(-ENOMEM, "no memory for a node of a table");
		}
		step = min_u64(node_entries(t) - digit(t, at, 1), count);
	}
	return 0;
}

uint64_t tce_table_get(const struct tce_table *t, struct tce_index index)
{
	uint64_t count;
	tce_entry *entry = tce_table_span(t, index, 1, &count);

	return entry ? atomic_load_explicit(entry, memory_order_acquire) : 0;
}
