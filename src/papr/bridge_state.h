/* SPDX-License-Identifier: BSD-2-Clause */
/* A bridge as it was saved. papr_vm.lock held. */
#ifndef STCE_PAPR_BRIDGE_STATE_H
#define STCE_PAPR_BRIDGE_STATE_H

#include "papr/bridge.h"

struct papr_window_state {
	uint32_t liobn;
	uint64_t bridge_start, bridge_limited_start;   /* where it may start */
	bool is_default;
	uint64_t serial;              /* of its table; 0: there is no such window */
	unsigned int page_shift;
	uint64_t offset, size;        /* in pages */
};

struct papr_bridge_state {
	uint64_t buid;
	uint64_t default_size;
	bool is_limited;
	struct papr_window_state window[STCE_PHB_WINDOWS];
};

/* Changes nothing. -ENOENT no such bridge; -EINVAL it is another; -EEXIST it is not as new; -EPROTO. */
int papr_bridge_judge(struct papr_vm *vm, const struct papr_bridge_state *state);
/* The windows of one that has been judged. On failure some are there: reset it. */
int papr_bridge_apply(struct papr_bridge *bridge, const struct papr_bridge_state *state);

#endif
