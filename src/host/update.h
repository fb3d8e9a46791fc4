/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing ranges of TCEs into a window, with the counts on registered memory
 * that go with them. Everything that can fail happens before the first entry
 * changes; replaced and cleared memory is uncounted only when no device uses
 * it any more:
 *
 *  (U1) a refused call changes no entry and no count [DIFF-21];
 *  (U2) when unmap returns, no device access to the old pages is in progress
 *       or can start, and only then may their region go.
 *
 * Callers are inside the RCU read lock that keeps the window alive, and have
 * checked that the range lies inside the window. Pages are counted where the
 * window has a registry; else its owner pins them one by one (VFIO v1).
 */
#ifndef STCE_HOST_UPDATE_H
#define STCE_HOST_UPDATE_H

#include "host/window.h"

/*
 * Maps count pages from address on at index. -EINVAL: some page is not in one
 * region, or its region's page is smaller than the window's; -ENOMEM.
 */
int host_update_map(struct host_window *window, struct tce_index index, uint64_t count,
		    struct vaddr address, uint64_t permissions);
/* Clears; never fails, never allocates, crosses holes in large steps. */
void host_update_unmap(struct host_window *window, struct tce_index index, uint64_t count);

#endif
