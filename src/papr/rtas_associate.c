/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the RTAS calls by which a guest associates a window with a further bridge, and takes it
 * from one bridge again. They are an extension of PAPR that a VMM has to switch on [DIFF-63]. The
 * bridges that have a window are equal: each may leave, in any order. bridge_window.c makes and
 * removes the windows.
 */
#include "papr/rtas.h"

#include <errno.h>

#include "papr/bridge_member.h"
#include "papr/bridge_window.h"
#include "util/reason.h"
#include "util/trace.h"

/*
 * Finds the window of a call. A LIOBN that a device tree gives to a default window must stay its
 * bridge's own, because a reset makes the default window again (W3).
 */
static struct kvm_table *find_table(struct papr_vm *vm, uint32_t liobn)
{
	struct papr_bridge *bridge;
	struct papr_window *window = papr_bridge_find_liobn(vm, liobn, &bridge);

	if (!window) {
		REASON(-EINVAL, "no window has LIOBN %#x", liobn);
		return NULL;
	}
	if (papr_bridge_is_default_liobn(vm, liobn)) {
		REASON(-EINVAL, "LIOBN %#x is that of a bridge's default window", liobn);
		return NULL;
	}
	return window->table;
}

int papr_rtas_associate_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call)
{
	struct papr_bridge *bridge = papr_rtas_find_bridge(vm, call);
	struct kvm_table *table = bridge ? find_table(vm, call->arg[3]) : NULL;
	int r;

	if (!table)
		return STCE_RTAS_PARAMETER_ERROR;
	if (papr_bridge_find_table(bridge, table)) {
		REASON(-EINVAL, "the bridge has the window with LIOBN %#x already", call->arg[3]);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	if (!papr_rtas_is_offered(bridge, table->page_shift)) {
		REASON(-EINVAL, "the bridge does not offer pages of 2^%u", table->page_shift);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	r = papr_bridge_associate(bridge, table);
	TRACE_IN(papr_bridge_scope(bridge), spapr_iommu_ddw_associate, bridge->config.buid, call->arg[0], call->arg[3], r);
	return papr_rtas_status_of(vm, r);
}

/* Finds the window of a call on its bridge, or returns NULL. */
static struct papr_window *find_window(struct papr_bridge *bridge, uint32_t liobn)
{
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (bridge->window[n].table && bridge->window[n].table->liobn == liobn &&
		    !bridge->window[n].is_default)
			return &bridge->window[n];
	REASON(-EINVAL, "the bridge has no dynamic window with LIOBN %#x", liobn);
	return NULL;
}

int papr_rtas_dissociate_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call)
{
	struct papr_bridge *bridge = papr_rtas_find_bridge(vm, call);
	struct papr_window *window = bridge ? find_window(bridge, call->arg[3]) : NULL;
	int r;

	if (!window)
		return STCE_RTAS_PARAMETER_ERROR;
	r = papr_bridge_remove(bridge, window);
	TRACE_IN(papr_bridge_scope(bridge), spapr_iommu_ddw_dissociate, bridge->config.buid, call->arg[0], call->arg[3], r);
	return papr_rtas_status_of(vm, r);
}

void papr_rtas_undo_associate(struct papr_vm *vm, const struct papr_rtas *call)
{
	struct papr_bridge *bridge = papr_rtas_find_bridge(vm, call);

	papr_bridge_close_window(bridge, find_window(bridge, call->arg[3]));
}
