/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets windows of different containers use one table. They can join when all of them follow the same
 * guest table, which writes them together. Before one of them is changed alone it is split off:
 *
 *  (E4) A split gives the window a table of its own with the same entries, each counted, or changes
 *       nothing.
 *       A copy does the same with the entries of another window.
 *  (E5) A join changes no entry that a device of either window can see.
 *
 * Join, split and leave need the PHB's watch_lock and must not be called inside the RCU read lock.
 * A join or a split suspends the tables while it works. A writer that meets a suspended table and may
 * wait leaves the read lock, calls host_share_wait(), and tries again. Which windows follow which
 * guest table is left to kvm/link.c.
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
 * Gives a window that has a table of its own the entries of `with`, each counted, in the place of those
 * that it has. The caller has suspended the share of `with`, and resumes both. -EINVAL if the tables
 * differ in shape; -ENOMEM. Then nothing has changed.
 */
int host_share_copy(const struct host_phb *phb, struct host_window *window, const struct host_window *with);
/*
 * Lets a window leave its share; no PE and no link may have the window any longer. true: its
 * entries are its own and must be cleared. false: they stay with the other windows, and the window
 * has no share now.
 */
bool host_share_leave(struct host_window *window);

/* Waits for a join or a split in progress. The caller holds neither watch_lock nor the read lock. */
void host_share_wait(struct host_phb *phb);

/*
 * Compares count entries with value, value + step, and so on. Returns 0 if all are equal, else
 * SLOWER.
 */
int host_share_compare(const struct host_window *window, struct tce_index index, uint64_t count,
		       uint64_t value, uint64_t step);

/*
 * Do the work of host_update_map() and host_update_unmap() for one window alone. The caller is
 * inside the RCU read lock. SLOWER: an entry would change, but other windows use the table too, or it
 * is suspended. Then the caller must split the window off and try again.
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
