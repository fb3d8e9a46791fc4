/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds PEs to the bus of a bridge, and removes them. */
#ifndef STCE_PAPR_BRIDGE_MEMBER_H
#define STCE_PAPR_BRIDGE_MEMBER_H

#include "papr/bridge.h"
#include "util/trace.h"

/*
 * Adds a group and takes over the reference to its container, even if it fails. The caller does not
 * hold papr_vm.lock.
 */
int papr_bridge_add_group(struct papr_bridge *bridge, void *container, int group);
int papr_bridge_remove_group(struct papr_bridge *bridge, int group);
/* Removes all groups. The caller holds papr_vm.lock. */
void papr_bridge_remove_groups(struct papr_bridge *bridge);
/* Gives the groups on the bus, for the trace. The caller holds papr_vm.lock. */
struct trace_scope papr_bridge_scope(const struct papr_bridge *bridge);

#endif
