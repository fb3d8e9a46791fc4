/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps by which one entry of a window is written at once, and the write of a list of one item.
 * They call no function if nothing is in their way, so that what surrounds them in a call keeps its
 * registers. The entry is found before anything is counted, and the old page's region before the
 * drain, because until then the old entry keeps it.
 */
#ifndef STCE_HOST_UPDATE_QUICK_H
#define STCE_HOST_UPDATE_QUICK_H

#include "host/update_list.h"
#include "mem/gone.h"
#include "mem/region_node.h"
#include "util/stats.h"

/* A page that is counted: where, and the thread's own number there, NULL if the count is not spread. */
struct update_page {
	struct mem_region *region;       /* NULL: nothing is counted */
	int64_t *own;
};

#define UPDATE_NO_PAGE ((struct update_page){ .region = NULL, .own = NULL })

/* Returns the table if no other window and no other copy must see a change of it, or NULL. */
static inline struct tce_table *update_table(const struct host_window *window)
{
	struct tce_share *share = rcu_dereference(window->share);

	/* A window without a share is being removed. */
	return unlikely(!share || tce_share_flags(share) || share->copy_count > 1) ? NULL : &share->copy[0];
}

/* Sets *entry to that of the index if the table may be changed so, and the entry can be written at once. */
static inline bool update_entry(const struct host_window *window, struct tce_index index, tce_entry **entry)
{
	struct tce_table *table = update_table(window);

	return likely(table) && tce_table_own_entry(table, index, entry);
}

/*
 * Returns whether a page of the window can be counted in the region that may have it: the region has it as a whole,
 * has no gaps, and its pages are large enough.
 */
static inline __attribute__((always_inline)) bool
update_may_count(const struct host_window *window, const struct mem_region *region, struct vaddr address)
{
	/* The length of a region is a multiple of its page. */
	return likely(window->geometry.page_shift <= region->page_shift && !mem_region_has_gaps(region) &&
		      address.value - region->start.value <= region->length - host_window_page_size(window));
}

/*
 * Counts a page of the window, which has a registry. false: it cannot be counted in one region, or that is being
 * released; gather_count() explains what cannot be counted.
 */
static inline __attribute__((always_inline)) bool update_count(const struct host_window *window, struct vaddr address,
							       struct update_page *page)
{
	struct mem_region *region = region_set_up_to(&window->registry->set, address.value);

	if (unlikely(!region || !update_may_count(window, region, address)))
		return false;
	*page = (struct update_page){ region, mem_region_own_count(region) };
	if (unlikely(!page->own))
		return mem_region_try_get(region, 1);
	++*page->own;
	return true;
}

static inline void update_uncount(struct update_page page)
{
	if (likely(page.own))
		--*page.own;
	else
		mem_region_put(page.region, 1);
}

/*
 * Returns where the page of a valid entry is counted that has been taken out, which is mostly the region of
 * the new page, if there is a new one. The window has a registry.
 */
static inline __attribute__((always_inline)) struct update_page
update_page_of(const struct host_window *window, uint64_t old, struct update_page now)
{
	struct vaddr address = tce_address(old);

	if (now.region && likely(mem_region_has(now.region, address)))
		return now;
	return (struct update_page){ mem_region_of(window->registry, address), NULL };
}

/*
 * update_one.c: end a MAP that has replaced a valid entry, by a page of that region, and an UNMAP that has taken
 * out such a one, or must wait.
 */
void host_update_replaced(struct host_window *window, struct tce_index index, uint64_t old, struct mem_region *region);
void host_update_cleared(struct host_window *window, struct tce_index index, uint64_t old);

/* (U2) Uncounts the page of an entry that has been taken out, when no device uses it any longer. */
static inline void update_settle(struct host_window *window, struct tce_index index, uint64_t old,
				 struct update_page now)
{
	struct update_page before = UPDATE_NO_PAGE;

	if (tce_is_valid(old) && likely(window->registry))
		before = update_page_of(window, old, now);
	tce_gate_drain(&window->gate, index, 1);
	if (before.region)
		update_uncount(before);
}

/* (U3) Exchanges the entry while devices are kept out, and sets *old. false: one is inside. */
static inline bool update_exchange_shut(struct host_window *window, struct tce_index index, tce_entry *entry,
					uint64_t value, uint64_t *old)
{
	unsigned int slot = tce_gate_shut_quick(&window->gate, index, 1);

	if (unlikely(slot == GATE_FULL))
		return false;
	*old = tce_entry_replace(entry, value);
	tce_gate_open(&window->gate, slot);
	return true;
}

/*
 * Does what a list of one item does (update_list.h): maps a page with at least one permission, or clears an
 * entry. The caller is inside the RCU read lock, and knows which, so that nothing here asks. The window has
 * a registry. false: more is to be done than to exchange an entry, or the call is to be refused; nothing
 * has changed.
 */
static inline __attribute__((always_inline)) bool host_update_put_quick(struct host_window *window,
									struct tce_index index, struct vaddr address,
									uint64_t permissions, bool is_valid,
									enum host_tier tier)
{
	struct tce_table *table = update_table(window);
	struct update_page page = UPDATE_NO_PAGE;
	tce_entry *entry;
	uint64_t value = is_valid ? tce_hardware_valid(address.value | permissions) : 0, old;

	if (unlikely(!table || tce_scan_is_worth(table, index.value, 1) ||
		     !tce_table_own_entry(table, index, &entry) ||
		     (is_valid && !update_count(window, address, &page))))
		return false;
	if (tier != HOST_TIER_REAL) {
		old = tce_entry_replace(entry, value);
		update_settle(window, index, old, page);
	} else if (unlikely(!update_exchange_shut(window, index, entry, value, &old))) {
		if (is_valid)
			update_uncount(page);
		return false;
	} else if (tce_is_valid(old)) {
		update_uncount(update_page_of(window, old, page));
	}
	if (likely(tce_is_valid(old)))
		stats_wrote(window->stats, 1, is_valid ? 0 : UINT64_C(-1));
	else
		stats_wrote(window->stats, 1, is_valid ? 1 : 0);
	return true;
}

/*
 * MAP and UNMAP of one entry in two steps, of which the first changes nothing: what it has found, the second
 * writes and counts. The thread has counted before, the table has one node, and the registry of the window has
 * one region, on which each thread counts for itself. host_update_map_one() and host_update_unmap_one() do it
 * if the first step returns false. The second step calls a function at its end only, so that its caller, too,
 * saves no registers.
 */
struct update_quick {
	tce_entry *entry;
	struct stats_part *part;
	struct mem_region *region;      /* of the new page */
};

/* Returns the table if it may be changed as update_table() says, and has one node. */
static inline struct tce_table *update_flat_table(const struct host_window *window)
{
	struct tce_table *table = update_table(window);

	return likely(table && tce_table_is_flat(table)) ? table : NULL;
}

static inline __attribute__((always_inline)) bool
update_begin_map(const struct host_window *window, struct tce_index index, struct vaddr address, struct update_quick *q)
{
	struct tce_table *table = update_flat_table(window);

	if (unlikely(!table || tce_table_ends_part(table, index) ||
		     !tce_table_own_entry_flat(table, index, &q->entry) ||
		     !region_set_only(&window->registry->set, &q->region) ||
		     !update_may_count(window, q->region, address) || !mem_count_is_spread(&q->region->references)))
		return false;
	q->part = stats_own_part(window->stats);
	return likely(q->part);
}

static inline __attribute__((always_inline)) void
update_end_map(struct host_window *window, struct tce_index index, uint64_t value, const struct update_quick *q)
{
	uint64_t old;

	++*mem_count_of_thread(&window->registry->counts, &q->region->references);
	old = tce_entry_exchange(q->entry, value);
	if (unlikely(tce_is_valid(old)))
		host_update_replaced(window, index, old, q->region);
	else
		stats_wrote_in(window->stats, q->part, 1, 1);
}

static inline __attribute__((always_inline)) bool
update_begin_unmap(const struct host_window *window, struct tce_index index, struct update_quick *q)
{
	struct tce_table *table = update_flat_table(window);

	if (unlikely(!table || !tce_table_own_entry_flat(table, index, &q->entry)))
		return false;
	q->part = stats_own_part(window->stats);
	return likely(q->part);
}

static inline __attribute__((always_inline)) void
update_end_unmap(struct host_window *window, struct tce_index index, const struct update_quick *q)
{
	uint64_t old = tce_entry_replace(q->entry, 0);
	struct mem_region *region;

	/*
	 * The region of an entry that is still counted is in the set, so it is the only one there. (U4) Another
	 * writer may have cleared the entry, and still be draining.
	 */
	if (unlikely(!tce_is_valid(old) || !region_set_only(&window->registry->set, &region) ||
		     !mem_count_is_spread(&region->references) || !tce_gate_is_drained(&window->gate))) {
		host_update_cleared(window, index, old);
		return;
	}
	--*mem_count_of_thread(&window->registry->counts, &region->references);
	stats_wrote_in(window->stats, q->part, 1, UINT64_C(-1));
}

#endif
