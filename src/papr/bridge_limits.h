/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host can give a bridge. papr_vm.lock held. */
#ifndef STCE_PAPR_BRIDGE_LIMITS_H
#define STCE_PAPR_BRIDGE_LIMITS_H

#include "papr/bridge.h"

/* The hardware window for such a table. -EINVAL, -ENOMEM: there can be none. */
int papr_limits_geometry(const struct papr_bridge *bridge, unsigned int page_shift, uint64_t size,
			 struct tce_geometry *geometry);
/* Bit n: pages of 2^n bytes. */
uint64_t papr_limits_page_sizes(const struct papr_bridge *bridge);
/* So many entries can a window have, whichever of the page sizes it is of. */
uint64_t papr_limits_largest_block(const struct papr_bridge *bridge);

#endif
