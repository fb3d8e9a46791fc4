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

#define TOP_BITS_MIN 9

/*
 * Sets how many entries lie below a slot, for each height: a part, the rest of a large leaf, Linux's
 * levels. The top node has slots for the entries that there are, and TOP_BITS_MIN bits at least;
 * each window has its own, even if it holds all parts together with others.
 */
static void set_heights(struct tce_table *t)
{
	const unsigned int digit = t->geometry.digit_bits;
	unsigned int bits = digit < TCE_PART_BITS_MAX ? digit : TCE_PART_BITS_MAX, top;

	t->shift[1] = (uint8_t)bits;
	t->part_mask = bit64(bits) - 1;
	for (unsigned int level = digit > bits ? 0 : 1; level < t->geometry.levels; level++) {
		t->height++;
		bits = digit * (level + 1);
		t->shift[t->height + 1] = (uint8_t)bits;
	}
	top = t->shift[t->height] + TOP_BITS_MIN;
	while (top < bits && bit64(top) < t->geometry.entries)
		top++;
	if (t->height && top < bits)
		t->shift[t->height + 1] = (uint8_t)top;
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

/* Counts nodes that come or, with a size below 0 modulo 2^64, go. */
static void count_bytes(struct tce_table *t, uint64_t size)
{
	pthread_mutex_lock(&t->bytes_lock);
	atomic_fetch_add_explicit(&t->bytes, size, memory_order_relaxed);
	STATS_GAUGE_ADD(t->stats, table_bytes_unshared, size * t->users);
	pthread_mutex_unlock(&t->bytes_lock);
}

void tce_table_set_users(struct tce_table *t, uint64_t users)
{
	pthread_mutex_lock(&t->bytes_lock);
	STATS_GAUGE_ADD(t->stats, table_bytes_unshared,
			(users - t->users) * atomic_load_explicit(&t->bytes, memory_order_relaxed));
	t->users = users;
	pthread_mutex_unlock(&t->bytes_lock);
}

/* Allocates a node, or a part at height 0. The caller counts it in the table when it has its slot. */
static void *node_new(struct tce_table *t, unsigned int height)
{
	void *node = numa_memory(t->node, size_at(t, height));

	if (node)
		STATS_GAUGE_ADD(t->stats, table_bytes, size_at(t, height));
	return node;
}

static void node_free(struct tce_table *t, void *node, unsigned int height)
{
	STATS_GAUGE_SUB(t->stats, table_bytes, size_at(t, height));
	numa_memory_free(t->node, node, size_at(t, height));
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

static void count_slots(struct tce_table *t, uint64_t n)
{
	if (t->parts)
		atomic_fetch_add_explicit(&t->parts->slot_count, n, memory_order_relaxed);
}

bool tce_table_change_slot(struct tce_table *t, tce_slot *slot, uint64_t now, uint64_t next)
{
	if (!atomic_compare_exchange_strong(slot, &now, next))
		return false;
	if (!next) {
		count_bytes(t, -size_at(t, 0));
		count_slots(t, UINT64_C(-1));
	}
	return true;
}

static void part_free(struct tce_table *t, uint64_t slot)
{
	if (slot & TCE_SLOT_OFFERED)
		tce_part_put(t->parts, tce_slot_pointer(slot));
	else
		node_free(t, tce_slot_pointer(slot), 0);
	count_slots(t, UINT64_C(-1));
}

static void tree_free(struct tce_table *t, uint64_t node, unsigned int height)
{
	tce_slot *slot = (tce_slot *)(uintptr_t)node;

	if (!node)
		return;
	if (!height) {
		part_free(t, node);
		return;
	}
	for (uint64_t i = 0; i < bit64(bits_at(t, height)); i++)
		tree_free(t, slot_load(&slot[i]), height - 1);
	node_free(t, slot, height);
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
	if (!atomic_compare_exchange_strong_explicit(slot, &below, (uintptr_t)made, memory_order_acq_rel,
						     memory_order_acquire)) {
		node_free(t, made, height);
		return below;
	}
	count_bytes(t, size_at(t, height));
	if (!height)
		count_slots(t, 1);
	return (uintptr_t)made;
}

int tce_table_init(struct tce_table *t, const struct tce_geometry *geometry,
		   struct stats *stats, int node)
{
	*t = (struct tce_table){ .geometry = *geometry, .stats = stats, .node = node, .users = 1 };
	pthread_mutex_init(&t->bytes_lock, NULL);
	set_heights(t);
	if (!make_below(t, &t->top, t->height))
		return REASON(-ENOMEM, "no memory for the top node of a table");
	return 0;
}

void tce_table_share_parts(struct tce_table *t, struct tce_parts *parts)
{
	pthread_mutex_lock(&parts->lock);
	t->parts = parts;
	t->link = &parts->tables;
	t->next = parts->tables;
	if (t->next)
		t->next->link = &t->next;
	parts->tables = t;
	count_slots(t, !t->height);
	pthread_mutex_unlock(&parts->lock);
}

void tce_table_list_wish(struct tce_table *t)
{
	t->next_wish = atomic_load(&t->parts->wishes);
	while (!atomic_compare_exchange_weak(&t->parts->wishes, &t->next_wish, t))
		;
}

/* Takes the table out of all lists. */
static void leave_parts_locked(struct tce_table *t)
{
	struct tce_table *next, *wishes = atomic_exchange(&t->parts->wishes, NULL);

	for (; wishes; wishes = next) {
		next = wishes->next_wish;
		if (wishes != t)
			tce_table_list_wish(wishes);
	}
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
}

void tce_table_fini(struct tce_table *t)
{
	struct tce_parts *parts = t->parts;
	struct tce_part_waste waste;

	if (parts) {
		pthread_mutex_lock(&parts->lock);
		leave_parts_locked(t);
	}
	tree_free(t, slot_load(&t->top), t->height);
	atomic_store_explicit(&t->top, 0, memory_order_relaxed);
	tce_table_set_users(t, 0);
	pthread_mutex_destroy(&t->bytes_lock);
	if (!parts)
		return;
	if (tce_parts_take_waste(parts, &waste)) {
		rcu_synchronize();
		tce_parts_free_waste(parts, &waste);
	}
	pthread_mutex_unlock(&parts->lock);
}

/*
 * Returns the slot of the part that has the index, or NULL if a node above it is missing. *height
 * is 0, or that of the slot's node that is missing.
 */
static inline const tce_slot *walk(const struct tce_table *t, uint64_t index, unsigned int *height)
{
	const tce_slot *slot = &t->top;
	unsigned int h = t->height;

	/* Most tables have one node. */
	if (likely(h == 1)) {
		*height = 0;
		return tce_table_only_slot(t, to_index(index));
	}
	for (; h; h--) {
		uint64_t below = slot_load(slot);

		if (unlikely(!below))
			break;
		slot = slot_in(t, below, index, h);
	}
	*height = h;
	return h ? NULL : slot;
}

/* Returns how many entries there are from the index on to the end of its part, or of the hole at that height. */
static uint64_t rest_of(const struct tce_table *t, uint64_t index, unsigned int height)
{
	uint64_t width = bit64(t->shift[height + 1]);

	return width - (index & (width - 1));
}

tce_slot *tce_table_slot(struct tce_table *t, struct tce_index index, uint64_t *count)
{
	unsigned int height;
	tce_slot *slot = (tce_slot *)walk(t, index.value, &height);

	*count = rest_of(t, index.value, height);
	return slot;
}

/* Returns the entry of an index in a part. */
static tce_entry *entry_in(const struct tce_table *t, tce_entry *part, uint64_t index)
{
	return part ? part + (index & t->part_mask) : NULL;
}

tce_entry *tce_table_span(const struct tce_table *t, struct tce_index index,
			  uint64_t limit, uint64_t *count)
{
	unsigned int height;
	const tce_slot *slot = walk(t, index.value, &height);

	*count = min_u64(limit, rest_of(t, index.value, height));
	return slot ? entry_in(t, tce_slot_entries(slot_load(slot)), index.value) : NULL;
}

static uint64_t opened_once_more(uint64_t slot)
{
	uint64_t opened = slot & TCE_SLOT_OPENED_MAX;

	return opened == TCE_SLOT_OPENED_MAX ? opened : opened + TCE_SLOT_OPENED;
}

/*
 * Opens the part of an offered slot once: takes it back, or copies it if several slots lead to it.
 * false: that needs a copy, which may not be made or for which there is no memory.
 */
static bool open_once(struct tce_table *t, tce_slot *slot, uint64_t now, bool may_copy)
{
	struct tce_part *part = tce_slot_pointer(now);
	tce_entry *own = part->entry;
	bool is_copy = !tce_part_take_back(part);

	if (is_copy) {
		own = may_copy ? node_new(t, 0) : NULL;
		if (!own)
			return false;
		tce_part_copy(own, part->entry, bit64(t->shift[1]));
	}
	if (!tce_table_change_slot(t, slot, now, (uintptr_t)own | opened_once_more(now))) {
		/* Another writer has opened it, or a scan has found an equal part. */
		if (is_copy)
			node_free(t, (void *)own, 0);
	} else if (is_copy) {
		tce_part_leave(t->parts, part);
	} else {
		tce_part_retire(t->parts, part);
	}
	return true;
}

static bool open_slot(struct tce_table *t, tce_slot *slot, bool may_copy)
{
	uint64_t now = slot_load(slot);

	while (unlikely(now & TCE_SLOT_OFFERED)) {
		if (!open_once(t, slot, now, may_copy))
			return false;
		now = slot_load(slot);
	}
	return true;
}

/* Makes the part of a slot if it is missing, and opens it. */
static bool make_part(struct tce_table *t, tce_slot *slot)
{
	uint64_t now = slot_load(slot);

	while (unlikely(!now || now & TCE_SLOT_OFFERED)) {
		if (!make_below(t, slot, 0) || !open_slot(t, slot, true))
			return false;
		now = slot_load(slot);
	}
	return true;
}

/* Returns the slot of a part and makes the nodes above it, or NULL if there is no memory. */
static tce_slot *make_slot(struct tce_table *t, uint64_t index)
{
	tce_slot *slot = &t->top;

	if (likely(t->height == 1))
		return (tce_slot *)(uintptr_t)slot_load(slot) + (index >> t->shift[1]);
	for (unsigned int height = t->height; height && slot; height--) {
		uint64_t below = make_below(t, slot, height);

		slot = below ? slot_in(t, below, index, height) : NULL;
	}
	return slot;
}

int tce_table_reserve(struct tce_table *t, struct tce_index first, uint64_t count)
{
	for (uint64_t at = first.value, step; count; at += step, count -= step) {
		tce_slot *slot = make_slot(t, at);

		if (!slot || !make_part(t, slot))
			return REASON(-ENOMEM, "no memory for a node of a table");
		step = min_u64(rest_of(t, at, 0), count);
	}
	return 0;
}

bool tce_table_covers_part(const struct tce_table *t, struct tce_index index, uint64_t count)
{
	return tce_table_is_at_part(t, index) &&
	       (count >= bit64(t->shift[1]) || index.value + count >= t->geometry.entries);
}

int tce_table_open(struct tce_table *t, struct tce_index first, uint64_t count, bool whole)
{
	for (uint64_t at = first.value, step; count; at += step, count -= step) {
		tce_slot *slot = tce_table_slot(t, to_index(at), &step);

		step = min_u64(step, count);
		if (slot && (whole || !tce_table_covers_part(t, to_index(at), count)) && !open_slot(t, slot, true))
			return REASON(-ENOMEM, "no memory for a copy of a part that other tables hold");
	}
	return 0;
}

bool tce_table_is_ready(struct tce_table *t, struct tce_index first, uint64_t count, bool to_fill)
{
	for (uint64_t at = first.value, step; count; at += step, count -= step) {
		tce_slot *slot = tce_table_slot(t, to_index(at), &step);

		step = min_u64(step, count);
		if (slot && !open_slot(t, slot, false))
			return false;
		if (to_fill && !(slot && slot_load(slot)))
			return false;
	}
	return true;
}

tce_entry *tce_table_write_span(struct tce_table *t, struct tce_index index, uint64_t limit, uint64_t *count)
{
	unsigned int height;
	uint64_t now;
	tce_slot *slot = (tce_slot *)walk(t, index.value, &height);

	*count = min_u64(limit, rest_of(t, index.value, height));
	if (!slot)
		return NULL;
	now = slot_load(slot);
	/* If the range was opened, the part may have been offered since, but it cannot have been shared. */
	if (unlikely(now & TCE_SLOT_OFFERED)) {
		if (!open_slot(t, slot, false)) {
			*count = 0;
			return NULL;
		}
		now = slot_load(slot);
	}
	return entry_in(t, tce_slot_entries(now), index.value);
}

const tce_entry *tce_table_take(struct tce_table *t, struct tce_index index, uint64_t limit, uint64_t *count)
{
	tce_slot *slot = tce_table_slot(t, index, count);
	struct tce_part *part;
	uint64_t now;

	*count = min_u64(limit, *count);
	if (!slot || !tce_table_covers_part(t, index, limit))
		return NULL;
	for (now = slot_load(slot); now & TCE_SLOT_OFFERED; now = slot_load(slot)) {
		part = tce_slot_pointer(now);
		/*
		 * A writer that has opened the part may still be there, and must not find a hole. If the
		 * part cannot be taken back, it is shared, and so settled meanwhile.
		 */
		if (!atomic_load(&part->is_settled)) {
			open_slot(t, slot, false);
			continue;
		}
		atomic_store(&t->was_taken, true);
		if (tce_table_change_slot(t, slot, now, 0)) {
			tce_part_leave(t->parts, part);
			return part->entry;
		}
	}
	return NULL;
}

/* Lets a slot lead to the part of another table's slot, which is offered for that. */
static bool copy_slot(struct tce_table *to, tce_slot *slot, struct tce_table *from, tce_slot *source)
{
	uint64_t now = slot_load(source);
	struct tce_part *part = tce_slot_pointer(now);

	if (!now)
		return true;
	if (!(now & TCE_SLOT_OFFERED)) {
		part = tce_part_new(tce_slot_pointer(now), from->shift[1], from->node);
		if (!part)
			return false;
		tce_table_change_slot(from, source, now, (uintptr_t)part | TCE_SLOT_OFFERED | (now & TCE_SLOT_OPENED_MAX));
		tce_parts_list(to->parts, part);
	}
	atomic_store(&from->was_offered, true);
	atomic_store(&to->was_offered, true);
	atomic_fetch_add(&part->references, 1);
	atomic_store(&part->is_settled, true);
	/* A table that is one part has an empty one from the start. */
	if (slot_load(slot)) {
		node_free(to, tce_slot_pointer(slot_load(slot)), 0);
	} else {
		count_bytes(to, size_at(to, 0));
		count_slots(to, 1);
	}
	atomic_store(slot, (uintptr_t)part | TCE_SLOT_OFFERED);
	return true;
}

int tce_table_copy(struct tce_table *to, struct tce_table *from)
{
	for (uint64_t at = 0, n; at < from->geometry.entries; at += n) {
		tce_slot *source = tce_table_slot(from, to_index(at), &n), *slot;

		if (!source || !slot_load(source))
			continue;
		slot = make_slot(to, at);
		if (!slot || !copy_slot(to, slot, from, source))
			return REASON(-ENOMEM, "no memory to hold the parts of a table together");
	}
	return 0;
}

uint64_t tce_table_get_deep(const struct tce_table *t, struct tce_index index)
{
	uint64_t count;
	tce_entry *entry = tce_table_span(t, index, 1, &count);

	return entry ? atomic_load_explicit(entry, memory_order_acquire) : 0;
}
