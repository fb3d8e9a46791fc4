/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes one entry of a window at once, which is what nearly every MAP, UNMAP and H_PUT_TCE asks for:
 * there is nothing to gather, and no hole to cross. The guarantees are those of update.h and
 * update_list.h, whose callers try these first.
 */
#ifndef STCE_HOST_UPDATE_ONE_H
#define STCE_HOST_UPDATE_ONE_H

#include "host/update_list.h"

/*
 * Map one page, clear one entry, or do the one or the other as a list of this item (update_list.h). The
 * caller is inside the RCU read lock. false: more is to be done than to exchange an entry, or the
 * call is to be refused; nothing has changed.
 */
bool host_update_map_one(struct host_window *window, struct tce_index index, struct vaddr address,
			 uint64_t permissions);
bool host_update_unmap_one(struct host_window *window, struct tce_index index);
bool host_update_put_one(struct host_window *window, struct tce_index index, uint64_t item, enum host_tier tier);

#endif
