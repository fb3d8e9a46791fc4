/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes and removes the hardware windows behind a bridge's windows. Each container on the bus has
 * one for every window of the bridge, at the same bus address. The caller holds papr_vm.lock.
 */
#ifndef STCE_PAPR_BRIDGE_HARDWARE_H
#define STCE_PAPR_BRIDGE_HARDWARE_H

#include "papr/bridge.h"

/* Returns the start of the hardware's window in that slot. */
static inline uint64_t papr_hardware_start(unsigned int n)
{
	return n ? HOST_HIGH_START : HOST_LOW_START;
}

/* Makes one window in each container on the bus, or none. */
int papr_hardware_create(struct papr_bridge *bridge, uint64_t start, unsigned int page_shift,
			 uint64_t size);
void papr_hardware_remove(struct papr_bridge *bridge, uint64_t start);
/*
 * Makes all windows of the bridge in a container that is new on the bus. If it fails, the container
 * may have no window left.
 */
int papr_hardware_fill(struct papr_bridge *bridge, void *container);
void papr_hardware_empty(struct papr_bridge *bridge, void *container);

#endif
