/* SPDX-License-Identifier: BSD-2-Clause */
/* The hardware windows behind a bridge's windows. papr_vm.lock held. */
#ifndef STCE_PAPR_BRIDGE_HARDWARE_H
#define STCE_PAPR_BRIDGE_HARDWARE_H

#include "papr/bridge.h"

/* Where the hardware has the window of that slot. */
static inline uint64_t papr_hardware_start(unsigned int n)
{
	return n ? HOST_HIGH_START : HOST_LOW_START;
}

/* One window in each container on the bus, or none. */
int papr_hardware_create(struct papr_bridge *bridge, uint64_t start, unsigned int page_shift,
			 uint64_t size);
void papr_hardware_remove(struct papr_bridge *bridge, uint64_t start);
/* All windows of the bridge in a container that is new on the bus. On failure it may be without windows. */
int papr_hardware_fill(struct papr_bridge *bridge, void *container);
void papr_hardware_empty(struct papr_bridge *bridge, void *container);

#endif
