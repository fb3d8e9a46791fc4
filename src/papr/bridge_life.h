/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes, frees and resets the bridges of a VM. The caller does not hold papr_vm.lock. */
#ifndef STCE_PAPR_BRIDGE_LIFE_H
#define STCE_PAPR_BRIDGE_LIFE_H

#include "papr/bridge.h"

/*
 * Makes a bridge with its default window, as stce_phb_new() says; a failure leaves nothing behind.
 */
int papr_bridge_init(struct papr_bridge *bridge, struct papr_vm *vm, const struct stce_phb_config *config,
		     const struct papr_hardware *hardware);
void papr_bridge_fini(struct papr_bridge *bridge);
/*
 * Resets all bridges of the VM, then clears all its tables. Returns the first error, but resets
 * every bridge.
 */
int papr_vm_reset(struct papr_vm *vm);

#endif
