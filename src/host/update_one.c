/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements update_one.h by the steps of update_quick.h. */
#include "host/update_one.h"

#include "host/update_quick.h"

bool host_update_map_one(struct host_window *window, struct tce_index index, struct vaddr address,
			 uint64_t permissions)
{
	tce_entry *entry;
	struct update_page page = UPDATE_NO_PAGE;
	uint64_t old;

	if (unlikely(!update_entry(window, index, &entry) ||
		     (window->registry && !update_count(window, address, &page))))
		return false;
	old = tce_entry_exchange(entry, tce_hardware_entry(address, permissions));
	stats_wrote(window->stats, 1, tce_is_valid(old) ? 0 : 1);
	if (unlikely(tce_is_valid(old)))
		update_settle(window, index, old, page);
	return true;
}

bool host_update_unmap_one(struct host_window *window, struct tce_index index)
{
	tce_entry *entry;
	uint64_t old;

	if (unlikely(!update_entry(window, index, &entry)))
		return false;
	old = tce_entry_replace(entry, 0);
	/* (U4) Another writer may have cleared it, and still be draining. */
	update_settle(window, index, old, UPDATE_NO_PAGE);
	if (likely(tce_is_valid(old)))
		stats_wrote(window->stats, 1, UINT64_C(-1));
	return true;
}

__attribute__((noinline, cold)) void
host_update_replaced(struct host_window *window, struct tce_index index, uint64_t old, struct mem_region *region)
{
	stats_wrote(window->stats, 1, 0);
	update_settle(window, index, old, (struct update_page){ region, NULL });
}

__attribute__((noinline, cold)) void
host_update_cleared(struct host_window *window, struct tce_index index, uint64_t old)
{
	update_settle(window, index, old, UPDATE_NO_PAGE);
	if (tce_is_valid(old))
		stats_wrote(window->stats, 1, UINT64_C(-1));
}
