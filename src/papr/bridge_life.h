/* SPDX-License-Identifier: BSD-2-Clause */
/* The bridges of a VM. */
#ifndef STCE_PAPR_BRIDGE_LIFE_H
#define STCE_PAPR_BRIDGE_LIFE_H

#include "papr/bridge.h"

/* As stce_phb_new(); on failure nothing is left. papr_vm.lock not held, as for all here. */
int papr_bridge_init(struct papr_bridge *bridge, struct papr_vm *vm, const struct stce_phb_config *config,
		     const struct papr_hardware *hardware);
void papr_bridge_fini(struct papr_bridge *bridge);
/* Resets all bridges of the VM, then empties all its tables. */
int papr_vm_reset(struct papr_vm *vm);

#endif
