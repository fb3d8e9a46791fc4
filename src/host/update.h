/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes ranges of TCEs into a window and counts them on registered memory. Everything that can
 * fail happens before the first entry changes; memory that was replaced or cleared is uncounted
 * only when no device uses it any longer:
 *
 *  (U1) A refused call changes no entry and no count [DIFF-21].
 *  (U2) When host_update_unmap() returns, no device access to the old pages is in progress or can
 *       start; only then may their region go.
 *  (U4) When a call that clears entries returns, (U2) also holds for pages that another writer has
 *       taken out of these entries and may still be draining. For that the call drains the range
 *       even if it finds the entries clear. Lists (host/update_list.h) and host_share_unmap() do so
 *       too.
 *
 * The caller must be inside the RCU read lock, which keeps the window alive, and must have checked
 * that the range lies inside the window. Pages are counted if the window has a registry; otherwise
 * its owner pins them one by one (VFIO v1). Lists of entries are left to host/update_list.h.
 */
#ifndef STCE_HOST_UPDATE_H
#define STCE_HOST_UPDATE_H

#include "host/update_one.h"

/*
 * Maps count pages from address on at index. -EINVAL: a page does not lie in one region, or the
 * window's pages are larger than its region allows; -ENOMEM.
 */
int host_update_map_list(struct host_window *window, struct tce_index index, uint64_t count,
			 struct vaddr address, uint64_t permissions);
static inline int host_update_map(struct host_window *window, struct tce_index index, uint64_t count,
				  struct vaddr address, uint64_t permissions)
{
	if (count == 1 && !host_window_wants_scan(window, index, 1) &&
	    host_update_map_one(window, index, address, permissions))
		return 0;
	return host_update_map_list(window, index, count, address, permissions);
}

/*
 * Clears entries, and crosses holes in large steps. -ENOMEM: a part that other tables hold, and of
 * which the range covers only some entries, cannot be copied [DIFF-46].
 */
int host_update_unmap_list(struct host_window *window, struct tce_index index, uint64_t count);
static inline int host_update_unmap(struct host_window *window, struct tce_index index, uint64_t count)
{
	return count == 1 && host_update_unmap_one(window, index) ? 0 : host_update_unmap_list(window, index, count);
}

/* Does of host_update_unmap() what can fail. */
int host_update_open(struct host_window *window, struct tce_index index, uint64_t count);
/*
 * Clears entries, and cannot fail. Without memory to copy a part that other tables hold, it clears
 * the whole part: other mappings of the window are lost, but no device reaches what was to go.
 */
void host_update_clear_range(struct host_window *window, struct tce_index index, uint64_t count);
/* Clears a window that no PE, link or other writer has. It needs no memory. */
void host_update_clear(struct host_window *window);

#endif
