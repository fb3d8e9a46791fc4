/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets windows of different containers use one table. They do so while all of them follow the same
 * guest table, which writes them together. Before one of them is changed alone it is split off:
 *
 *  (E4) A split gives the window a table of its own with the same entries, each counted, or changes
 *       nothing.
 *  (E5) A join changes no entry that a device of either window can see.
 *
 * Join, split and leave need the PHB's watch_lock and must not be called inside the RCU read lock.
 * Meanwhile the tables are frozen: a caller that may wait calls host_share_wait(), outside the read
 * lock, and tries again. Which windows follow which guest table is left to kvm/link.c.
 */
#ifndef STCE_HOST_SHARE_H
#define STCE_HOST_SHARE_H

#include "host/pe.h"
#include "host/update.h"

/*
 * Joins window to the share of `with`. false: they differ, or cannot share, and both stay as they
 * are.
 */
bool host_share_join(struct host_window *window, struct host_window *with);
/* Splits the window off. Returns 0 also if the window has a table of its own already. -ENOMEM. */
int host_share_split(const struct host_phb *phb, struct host_window *window);
/*
 * Lets a window leave its share; no PE and no link may have the window any longer. true: its
 * entries are its own and must be cleared. false: they stay with the other windows, and the window
 * has no share now.
 */
bool host_share_leave(struct host_window *window);

void host_share_wait(struct host_phb *phb);

/* Compares entries with values that grow by step. SLOWER: some entry differs. */
int host_share_compare(const struct host_window *window, struct tce_index index, uint64_t count,
		       uint64_t value, uint64_t step);

/*
 * host_update_map() and host_update_unmap() for one window alone, inside the RCU read lock. SLOWER:
 * other windows use the table too, or it is frozen, and an entry would change. The caller must
 * split the window off and try again.
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
	int r;

	if (likely(!tce_share_flags(rcu_dereference(window->share))))
		return host_update_unmap(window, index, count);
	r = host_share_compare(window, index, count, 0, 0);
	/* (U4) Another window's writer may have cleared the entries and still be draining. */
	if (!r)
		tce_gate_drain(&window->gate, index, count);
	return r;
}

#endif
