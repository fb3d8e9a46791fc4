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
/* Removes a window. The default window comes back when the last other one goes. */
int papr_bridge_remove(struct papr_bridge *bridge, struct papr_window *window);
/* Removes all windows, sets the address mode, and makes the default window. */
int papr_bridge_reset(struct papr_bridge *bridge, bool limited);
/* Makes one window in an empty slot, or none (W1). */
int papr_bridge_open_window(struct papr_bridge *bridge, unsigned int n, const struct kvm_table_args *args);
int papr_bridge_open_default(struct papr_bridge *bridge);
void papr_bridge_close_window(struct papr_bridge *bridge, struct papr_window *window);
void papr_bridge_close_windows(struct papr_bridge *bridge);

#endif
