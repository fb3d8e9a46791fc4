/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens and closes the windows of a bridge, and resets them. The caller holds papr_vm.lock. */
#ifndef STCE_PAPR_BRIDGE_WINDOW_H
#define STCE_PAPR_BRIDGE_WINDOW_H

#include "papr/bridge.h"

/* Returns how many more windows a guest can make now. */
unsigned int papr_bridge_available(const struct papr_bridge *bridge);
/*
 * Makes a window in the lowest free slot. -ENOSPC if none is left, or the reason why it cannot be
 * made.
 */
int papr_bridge_create(struct papr_bridge *bridge, unsigned int page_shift, uint64_t size,
		       struct papr_window **window);
/*
 * Makes a window with another bridge's table, in the slot that has the table's start: in every
 * container, with the entries that the table has, or not at all (W1). -ENOSPC if the bridge has no
 * such slot left, or the reason why the window cannot be made.
 */
int papr_bridge_associate(struct papr_bridge *bridge, struct kvm_table *table);
/*
 * Removes a window from the bridge. The default window comes back when the last other one goes. The
 * table stays if another bridge has a window with it.
 */
int papr_bridge_remove(struct papr_bridge *bridge, struct papr_window *window);
/* Removes the windows with this table from all bridges. Returns the first error, but removes all. */
int papr_bridge_remove_from_all(struct papr_vm *vm, const struct kvm_table *table);
/* Removes all windows, sets the address mode, and makes the default window. */
int papr_bridge_reset(struct papr_bridge *bridge, bool limited);
/* Makes one window in an empty slot, or none (W1). */
int papr_bridge_open_window(struct papr_bridge *bridge, unsigned int n, const struct kvm_table_args *args);
int papr_bridge_open_default(struct papr_bridge *bridge);
void papr_bridge_close_window(struct papr_bridge *bridge, struct papr_window *window);
void papr_bridge_close_windows(struct papr_bridge *bridge);

#endif
