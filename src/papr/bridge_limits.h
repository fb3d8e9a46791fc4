/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells what windows this host can give a bridge at the moment. The caller holds papr_vm.lock. */
#ifndef STCE_PAPR_BRIDGE_LIMITS_H
#define STCE_PAPR_BRIDGE_LIMITS_H

#include "papr/bridge.h"

/*
 * Chooses the geometry of the hardware window for a table. -EINVAL or -ENOMEM if there can be none.
 */
int papr_limits_geometry(const struct papr_bridge *bridge, unsigned int page_shift, uint64_t size,
			 struct tce_geometry *geometry);
/* Returns the page sizes that a window can have; bit n stands for pages of 2^n bytes. */
uint64_t papr_limits_page_sizes(const struct papr_bridge *bridge);
/*
 * Returns the largest number of entries that a window can have with every one of those page sizes.
 */
uint64_t papr_limits_largest_block(const struct papr_bridge *bridge);

#endif
