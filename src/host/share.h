/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of different containers that use one table. They do while all of
 * them follow one guest table, which writes them together; whoever wants to
 * change one of them alone splits it off first:
 *
 *  (E4) a split gives the window a table of its own with the same entries,
 *       each counted, or changes nothing;
 *  (E5) a join changes no entry that a device of either window can see.
 *
 * Under the PHB's watch_lock; never inside the RCU read lock. Meanwhile the
 * tables are frozen: who may wait does so with host_share_wait(), outside the
 * read lock, and tries again.
 */
#ifndef STCE_HOST_SHARE_H
#define STCE_HOST_SHARE_H

#include "host/pe.h"
#include "host/update.h"

/* False: they differ; both stay as they are. */
bool host_share_join(struct host_window *window, struct host_window *with);
/* 0 as well where the window has its own table already; -ENOMEM. */
int host_share_split(const struct host_phb *phb, struct host_window *window);
/*
 * For a window that no PE and no link has any more. True: its entries are its
 * own, to be cleared; else they stay with the others, and it has none.
 */
bool host_share_leave(struct host_window *window);

void host_share_wait(struct host_phb *phb);

/* SLOWER: some entry is not the value that it is to have; values go in steps. */
int host_share_compare(const struct host_window *window, struct tce_index index, uint64_t count,
		       uint64_t value, uint64_t step);

/*
 * host_update_map() and host_update_unmap() of one window for itself, under
 * the RCU read lock. SLOWER: others use the table too, and an entry would
 * change: split the window off, and try again.
 */
static inline int host_share_map(struct host_window *window, struct tce_index index, uint64_t count,
				 struct vaddr address, uint64_t permissions)
{
	if (unlikely(tce_share_flags(rcu_dereference(window->share))))
		return host_share_compare(window, index, count, tce_hardware_entry(address, permissions),
					  host_window_page_size(window));
	return host_update_map(window, index, count, address, permissions);
}

static inline int host_share_unmap(struct host_window *window, struct tce_index index, uint64_t count)
{
	if (unlikely(tce_share_flags(rcu_dereference(window->share))))
		return host_share_compare(window, index, count, 0, 0);
	host_update_unmap(window, index, count);
	return 0;
}

#endif
