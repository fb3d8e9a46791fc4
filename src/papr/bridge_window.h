/* SPDX-License-Identifier: BSD-2-Clause */
/* The windows of a bridge: opening, closing, and what a reset makes of them. papr_vm.lock held. */
#ifndef STCE_PAPR_BRIDGE_WINDOW_H
#define STCE_PAPR_BRIDGE_WINDOW_H

#include "papr/bridge.h"

/* How many windows could be made now. */
unsigned int papr_bridge_available(const struct papr_bridge *bridge);
/* -ENOSPC: no window is left; or why it could not be made. */
int papr_bridge_create(struct papr_bridge *bridge, unsigned int page_shift, uint64_t size,
		       struct papr_window **window);
/* The default window comes back with the last other one. */
int papr_bridge_remove(struct papr_bridge *bridge, struct papr_window *window);
int papr_bridge_reset(struct papr_bridge *bridge, bool limited);
/* One window in an empty slot; or none (W1). */
int papr_bridge_open_window(struct papr_bridge *bridge, unsigned int n, const struct kvm_table_args *args);
int papr_bridge_open_default(struct papr_bridge *bridge);
void papr_bridge_close_window(struct papr_bridge *bridge, struct papr_window *window);
void papr_bridge_close_windows(struct papr_bridge *bridge);

#endif
