/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements update_one.h. The entry is found before anything is counted, and the old page's region
 * before the drain, because until then the old entry keeps it.
 */
#include "host/update_one.h"

#include "mem/gone.h"
#include "tce/scan.h"
#include "util/range.h"
#include "util/stats.h"

/* Returns the entry if no other window and no other copy must see the change. */
static inline tce_entry *entry_of(const struct host_window *window, struct tce_index index)
{
	struct tce_share *share = rcu_dereference(window->share);

	/* A window without a share is being removed. */
	if (unlikely(!share || tce_share_flags(share) || share->copy_count > 1))
		return NULL;
	return tce_table_own_entry(&share->copy[0], index);
}

/* Returns whether the whole page lies in the region, in a page that is large enough, and in no gap. */
static inline bool has_page(const struct mem_region *region, struct vaddr address, unsigned int page_shift)
{
	return page_shift <= region->page_shift && likely(!mem_region_has_gaps(region)) &&
	       region->length - (address.value - region->start.value) >= bit64(page_shift);
}

/*
 * Counts the page, and sets *region to where it is counted, or to NULL if nothing is. false: it cannot
 * be counted, which gather_count() explains.
 */
static inline bool count_page(const struct host_window *window, struct vaddr address, struct mem_region **region)
{
	*region = NULL;
	if (unlikely(!window->registry))
		return true;
	*region = mem_region_of(window->registry, address);
	return *region && has_page(*region, address, window->geometry.page_shift) && mem_region_try_get(*region, 1);
}

/*
 * Returns the region of an entry that has been taken out, and is still counted; NULL if there is none.
 * It is mostly the region of the new entry, if there is a new one.
 */
static inline struct mem_region *region_of(const struct host_window *window, uint64_t old, struct mem_region *guess)
{
	if (!tce_is_valid(old) || unlikely(!window->registry))
		return NULL;
	if (guess && likely(range_has(guess->start.value, guess->length, tce_address(old).value)))
		return guess;
	return mem_region_of(window->registry, tce_address(old));
}

/* (U2) Uncounts the page of an entry that has been taken out, when no device uses it any longer. */
static inline void settle(struct host_window *window, struct tce_index index, uint64_t old, struct mem_region *guess)
{
	struct mem_region *region = region_of(window, old, guess);

	tce_gate_drain(&window->gate, index, 1);
	if (region)
		mem_region_put(region, 1);
}

bool host_update_map_one(struct host_window *window, struct tce_index index, struct vaddr address,
			 uint64_t permissions)
{
	tce_entry *entry = entry_of(window, index);
	struct mem_region *region;
	uint64_t old;

	if (unlikely(!entry || !count_page(window, address, &region)))
		return false;
	old = tce_entry_exchange(entry, tce_hardware_entry(address, permissions));
	stats_wrote(window->stats, 1, tce_is_valid(old) ? 0 : 1);
	if (unlikely(tce_is_valid(old)))
		settle(window, index, old, region);
	return true;
}

bool host_update_unmap_one(struct host_window *window, struct tce_index index)
{
	tce_entry *entry = entry_of(window, index);
	uint64_t old;

	if (unlikely(!entry))
		return false;
	old = tce_entry_replace(entry, 0);
	/* (U4) Another writer may have cleared it, and still be draining. */
	settle(window, index, old, NULL);
	if (likely(tce_is_valid(old)))
		stats_wrote(window->stats, 1, UINT64_C(-1));
	return true;
}

/* (U3) Exchanges the entry while devices are kept out, and sets *old. false: one is inside. */
static inline bool exchange_shut(struct host_window *window, struct tce_index index, tce_entry *entry, uint64_t value,
				 uint64_t *old)
{
	unsigned int slot = tce_gate_try_shut(&window->gate, index, 1);

	if (unlikely(slot == GATE_FULL))
		return false;
	*old = tce_entry_replace(entry, value);
	tce_gate_open(&window->gate, slot);
	return true;
}

bool host_update_put_one(struct host_window *window, struct tce_index index, uint64_t item, enum host_tier tier)
{
	uint64_t value = tce_hardware_entry(tce_address(item), item & TCE_PERMISSIONS), old;
	tce_entry *entry = entry_of(window, index);
	struct mem_region *region = NULL, *before;

	if (unlikely(!entry || !window->registry || host_window_wants_scan(window, index, 1) ||
		     (value && !count_page(window, tce_address(item), &region))))
		return false;
	if (tier != HOST_TIER_REAL) {
		old = tce_entry_replace(entry, value);
		settle(window, index, old, region);
	} else if (likely(exchange_shut(window, index, entry, value, &old))) {
		before = region_of(window, old, region);
		if (before)
			mem_region_put(before, 1);
	} else {
		if (region)
			mem_region_put(region, 1);
		return false;
	}
	stats_wrote(window->stats, 1, (uint64_t)tce_is_valid(value) - tce_is_valid(old));
	return true;
}
