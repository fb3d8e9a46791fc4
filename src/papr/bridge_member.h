/* SPDX-License-Identifier: BSD-2-Clause */
/* The PEs on the bus of a bridge. */
#ifndef STCE_PAPR_BRIDGE_MEMBER_H
#define STCE_PAPR_BRIDGE_MEMBER_H

#include "papr/bridge.h"

/* Takes over the container's reference, also on failure. papr_vm.lock not held. */
int papr_bridge_add_group(struct papr_bridge *bridge, void *container, int group);
int papr_bridge_remove_group(struct papr_bridge *bridge, int group);
/* papr_vm.lock held. */
void papr_bridge_remove_groups(struct papr_bridge *bridge);

#endif
