/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes one entry of a window at once, which is what nearly every MAP and UNMAP asks for: there is
 * nothing to gather, and no hole to cross. The guarantees are those of update.h, whose callers try these
 * first. update_quick.h has the same for H_PUT_TCE.
 */
#ifndef STCE_HOST_UPDATE_ONE_H
#define STCE_HOST_UPDATE_ONE_H

#include "host/update_list.h"

/*
 * Map one page, or clear one entry. The caller is inside the RCU read lock. false: more is to be done
 * than to exchange an entry, or the call is to be refused; nothing has changed.
 */
bool host_update_map_one(struct host_window *window, struct tce_index index, struct vaddr address,
			 uint64_t permissions);
bool host_update_unmap_one(struct host_window *window, struct tce_index index);

#endif
