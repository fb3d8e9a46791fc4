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
 * Counts a page of the window, which has a registry. false: it does not lie in one region of pages that are
 * large enough, or that has gaps, or is being released; gather_count() explains what cannot be counted.
 */
static inline __attribute__((always_inline)) bool update_count(const struct host_window *window, struct vaddr address,
							       struct update_page *page)
{
	unsigned int shift = window->geometry.page_shift;
	struct mem_region *region = region_set_up_to(&window->registry->set, address.value);

	/* The length of a region is a multiple of its page. */
	if (unlikely(!region || shift > region->page_shift || mem_region_has_gaps(region) ||
		     address.value - region->start.value > region->length - bit64(shift)))
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
static inline __attribute__((always_inline)) struct update_page update_page_of(const struct host_window *window, uint64_t old, struct update_page now)
{
	struct vaddr address = tce_address(old);

	if (now.region && likely(mem_region_has(now.region, address)))
		return now;
	return (struct update_page){ mem_region_of(window->registry, address), NULL };
}

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

#endif
