/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Describes a bridge as it was saved, and brings a new one into that state. The caller holds
 * papr_vm.lock.
 */
#ifndef STCE_PAPR_BRIDGE_STATE_H
#define STCE_PAPR_BRIDGE_STATE_H

#include "papr/bridge.h"

struct papr_window_state {
	uint32_t liobn;
	uint64_t bridge_start, bridge_limited_start;   /* where the bridge's policies let it start */
	bool is_default;
	uint64_t serial;              /* serial of its table; 0 if there is no such window */
	unsigned int page_shift;
	uint64_t offset, size;        /* in pages */
};

struct papr_bridge_state {
	uint64_t buid;
	uint64_t default_size;
	bool is_limited;
	struct papr_window_state window[STCE_PHB_WINDOWS];
};

/* A window of a bridge whose table was made by another bridge, or for another slot. */
struct papr_association_state {
	uint64_t buid;
	uint32_t slot;
	uint64_t serial;
	uint32_t liobn;               /* of the table */
	unsigned int page_shift;
	uint64_t offset, size;        /* in pages */
};

/*
 * Checks a saved state and changes nothing. -ENOENT if there is no such bridge; -EINVAL if its
 * policies differ; -EEXIST if it is not as after a reset; -EPROTO if the state is impossible.
 */
int papr_bridge_judge(struct papr_vm *vm, const struct papr_bridge_state *state);
/*
 * Checks an association with a bridge whose state has been judged. -EINVAL if windows are not
 * associated here; -EPROTO if the association is impossible.
 */
int papr_association_judge(struct papr_vm *vm, const struct papr_bridge_state *state,
			   const struct papr_association_state *association);
/*
 * Makes the windows of a state that papr_bridge_judge() has passed. If it fails, some windows are
 * there: reset the bridge.
 */
int papr_bridge_apply(struct papr_bridge *bridge, const struct papr_bridge_state *state);

#endif
