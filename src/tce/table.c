/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks the tree by some bits of the index for each height, the most significant first. A missing
 * node is made outside any lock and inserted by compare and swap; the thread that loses frees its
 * own.
 */
#include "tce/table.h"

#include <errno.h>

#include "util/reason.h"
#include "util/stats.h"

/* Sets how many entries lie below a slot, for each height: a part, the rest of a large leaf, Linux's levels. */
static void set_heights(struct tce_table *t)
{
	const unsigned int digit = t->geometry.digit_bits;
	unsigned int bits = digit < TCE_PART_BITS_MAX ? digit : TCE_PART_BITS_MAX;

	t->shift[1] = (uint8_t)bits;
	for (unsigned int level = digit > bits ? 0 : 1; level < t->geometry.levels; level++) {
		t->height++;
		bits = digit * (level + 1);
		t->shift[t->height + 1] = (uint8_t)bits;
	}
}

/* Returns log2 of the slots in a node, or of the entries in a part, whose height is 0. */
static unsigned int bits_at(const struct tce_table *t, unsigned int height)
{
	return t->shift[height + 1] - t->shift[height];
}

static uint64_t size_at(const struct tce_table *t, unsigned int height)
{
	return bit64(bits_at(t, height)) * sizeof(uint64_t);
}

static void *node_new(struct tce_table *t, unsigned int height)
{
	uint64_t size = size_at(t, height);
	void *node = numa_memory(t->node, size);

	if (!node)
		return NULL;
	atomic_fetch_add_explicit(&t->bytes, size, memory_order_relaxed);
	STATS_GAUGE_ADD(t->stats, table_bytes, size);
	return node;
}

static void node_free(struct tce_table *t, void *node, unsigned int height)
{
	uint64_t size = size_at(t, height);

	atomic_fetch_sub_explicit(&t->bytes, size, memory_order_relaxed);
	STATS_GAUGE_SUB(t->stats, table_bytes, size);
	numa_memory_free(t->node, node, size);
}

static uint64_t slot_load(const tce_slot *slot)
{
	return atomic_load_explicit(slot, memory_order_acquire);
}

/* Returns the slot of an index in the node that `above` points to. */
static tce_slot *slot_in(const struct tce_table *t, uint64_t above, uint64_t index, unsigned int height)
{
	return (tce_slot *)(uintptr_t)above + ((index >> t->shift[height]) & (bit64(bits_at(t, height)) - 1));
}

static void tree_free(struct tce_table *t, uint64_t node, unsigned int height)
{
	tce_slot *slot = (tce_slot *)(uintptr_t)node;

	if (!node)
		return;
	for (uint64_t i = 0; height && i < bit64(bits_at(t, height)); i++)
		tree_free(t, slot_load(&slot[i]), height - 1);
	node_free(t, slot, height);
}

int tce_table_init(struct tce_table *t, const struct tce_geometry *geometry,
		   struct stats *stats, int node)
{
	*t = (struct tce_table){ .geometry = *geometry, .stats = stats, .node = node };
	set_heights(t);
	atomic_store_explicit(&t->top, (uintptr_t)node_new(t, t->height), memory_order_relaxed);
	if (!slot_load(&t->top))
		return REASON(-ENOMEM, "no memory for the top node of a table");
	return 0;
}

void tce_table_fini(struct tce_table *t)
{
	tree_free(t, slot_load(&t->top), t->height);
	atomic_store_explicit(&t->top, 0, memory_order_relaxed);
}

/* Returns what is below *slot and makes it if it is missing; 0 if there is no memory. */
static uint64_t make_below(struct tce_table *t, tce_slot *slot, unsigned int height)
{
	uint64_t below = slot_load(slot);
	void *made;

	if (likely(below))
		return below;
	made = node_new(t, height);
	if (!made)
		return 0;
	if (atomic_compare_exchange_strong_explicit(slot, &below, (uintptr_t)made,
						    memory_order_acq_rel,
						    memory_order_acquire))
		return (uintptr_t)made;
	node_free(t, made, height);
	return below;
}

tce_entry *tce_table_span(const struct tce_table *t, struct tce_index index,
			  uint64_t limit, uint64_t *count)
{
	uint64_t below = slot_load(&t->top), width;
	unsigned int height = t->height;

	for (; height && likely(below); height--)
		below = slot_load(slot_in(t, below, index.value, height));
	/* A hole is as wide as everything below the missing node. */
	width = bit64(t->shift[height + 1]);
	*count = min_u64(limit, width - (index.value & (width - 1)));
	return below ? (tce_entry *)(uintptr_t)below + (index.value & (width - 1)) : NULL;
}

int tce_table_reserve(struct tce_table *t, struct tce_index first, uint64_t count)
{
	const uint64_t width = bit64(t->shift[1]);

	for (uint64_t at = first.value, step; count; at += step, count -= step) {
		uint64_t below = make_below(t, &t->top, t->height);

		for (unsigned int height = t->height; height && below; height--)
			below = make_below(t, slot_in(t, below, at, height), height - 1);
		if (!below)
			return REASON(-ENOMEM, "no memory for a node of a table");
		step = min_u64(width - (at & (width - 1)), count);
	}
	return 0;
}

uint64_t tce_table_get(const struct tce_table *t, struct tce_index index)
{
	uint64_t count;
	tce_entry *entry = tce_table_span(t, index, 1, &count);

	return entry ? atomic_load_explicit(entry, memory_order_acquire) : 0;
}
