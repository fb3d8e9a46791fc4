/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the RTAS calls for dynamic DMA windows (ddw) [LoPAR 7.3.10, 7.3.11]. Where LoPAR leaves
 * a choice, the statuses are QEMU's. A VM that stce_vm_set_strict() has made strict answers as LoPAR
 * says. bridge_window.c makes the windows, and bridge_limits.c decides which there can be.
 */
#include "papr/rtas.h"

#include <errno.h>

#include "papr/bridge_limits.h"
#include "papr/bridge_member.h"
#include "papr/bridge_window.h"
#include "util/reason.h"
#include "util/trace.h"

/* The bits by which the query's answer names page sizes. */
static const struct {
	unsigned int shift;
	uint32_t bit;
} page_bits[] = {
	{ 12, 0x001 }, { 16, 0x002 }, { 24, 0x004 }, { 25, 0x008 }, { 26, 0x010 },
	{ 27, 0x020 }, { 28, 0x040 }, { 34, 0x080 }, { 21, 0x100 },
};

static uint32_t mask_of(uint64_t sizes)
{
	uint32_t mask = 0;

	for (unsigned int i = 0; i < ARRAY_COUNT(page_bits); i++)
		if (sizes & bit64(page_bits[i].shift))
			mask |= page_bits[i].bit;
	return mask;
}

bool papr_rtas_is_offered(const struct papr_bridge *bridge, uint32_t page_shift)
{
	uint64_t sizes = papr_limits_page_sizes(bridge);

	return page_shift < 64 && mask_of(sizes & bit64(page_shift));
}

static uint64_t two_cells(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

struct papr_bridge *papr_rtas_find_bridge(struct papr_vm *vm, const struct papr_rtas *call)
{
	uint64_t buid = two_cells(call->arg[1], call->arg[2]);
	struct papr_bridge *bridge = papr_bridge_find(vm, buid);

	if (!bridge || bridge->config.no_ddw) {
		REASON(-EINVAL, "no bridge with dynamic windows has BUID %#llx", (unsigned long long)buid);
		return NULL;
	}
	return bridge;
}

int papr_rtas_query_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call)
{
	struct papr_bridge *bridge = papr_rtas_find_bridge(vm, call);
	bool is_wide = call->nret == 6;
	uint32_t *ret = &call->ret[1];
	uint64_t block, sizes;

	if (!bridge)
		return STCE_RTAS_PARAMETER_ERROR;
	block = papr_limits_largest_block(bridge);
	sizes = papr_limits_page_sizes(bridge);
	*ret++ = papr_bridge_available(bridge);
	if (is_wide)
		*ret++ = (uint32_t)(block >> 32);
	*ret++ = is_wide ? (uint32_t)block : (uint32_t)min_u64(block, bit64(31));
	*ret++ = mask_of(sizes);
	*ret = 0;     /* no page size is promised after a migration of the partition */
	TRACE_IN(papr_bridge_scope(bridge), spapr_iommu_ddw_query, bridge->config.buid, call->arg[0], call->ret[1], block,
	      mask_of(sizes));
	return STCE_RTAS_SUCCESS;
}

int papr_rtas_status_of(const struct papr_vm *vm, int error)
{
	if (error == -ENOSPC && atomic_load(&vm->kvm->strict))
		return STCE_RTAS_PARAMETER_ERROR;
	return error ? STCE_RTAS_HARDWARE_ERROR : STCE_RTAS_SUCCESS;
}

int papr_rtas_create_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call)
{
	struct papr_bridge *bridge = papr_rtas_find_bridge(vm, call);
	uint32_t page_shift = call->arg[3], window_shift = call->arg[4];
	struct papr_window *window;
	int r;

	if (!bridge)
		return STCE_RTAS_PARAMETER_ERROR;
	if (!papr_rtas_is_offered(bridge, page_shift) || window_shift < page_shift || window_shift >= 64) {
		REASON(-EINVAL, "there can be no window of 2^%u bytes with pages of 2^%u", window_shift, page_shift);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	r = papr_bridge_create(bridge, page_shift, bit64(window_shift), &window);
	TRACE_IN(papr_bridge_scope(bridge), spapr_iommu_ddw_create, bridge->config.buid, call->arg[0], bit64(page_shift),
	      bit64(window_shift), r ? (uint64_t)0 : window->start,
	      r ? (uint32_t)0 : (uint32_t)window->table->liobn, r);
	if (r)
		return papr_rtas_status_of(vm, r);
	call->ret[1] = (uint32_t)window->table->liobn;
	call->ret[2] = (uint32_t)(window->start >> 32);
	call->ret[3] = (uint32_t)window->start;
	return STCE_RTAS_SUCCESS;
}

void papr_rtas_undo_create(struct papr_vm *vm, const struct papr_rtas *call)
{
	struct papr_bridge *bridge;
	struct papr_window *window = papr_bridge_find_liobn(vm, call->ret[1], &bridge);

	papr_bridge_close_window(bridge, window);
}

int papr_rtas_remove_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call)
{
	struct papr_bridge *bridge;
	struct papr_window *window = papr_bridge_find_liobn(vm, call->arg[0], &bridge);
	int r;

	if (!window || bridge->config.no_ddw) {
		REASON(-EINVAL, "no dynamic window has LIOBN %#x", call->arg[0]);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	r = papr_bridge_remove_from_all(vm, window->table);
	TRACE_IN(papr_bridge_scope(bridge), spapr_iommu_ddw_remove, call->arg[0], r);
	return papr_rtas_status_of(vm, r);
}

int papr_rtas_reset_pe_dma_windows(struct papr_vm *vm, struct papr_rtas *call)
{
	struct papr_bridge *bridge = papr_rtas_find_bridge(vm, call);
	uint32_t limited = call->nargs == 4 ? call->arg[3] : 0;
	int r;

	if (!bridge)
		return STCE_RTAS_PARAMETER_ERROR;
	/*
	 * [LoPAR 2.13] [DIFF-50] The mode is 0 or 1, and only a bridge with limited addresses takes
	 * it.
	 */
	if (limited > 1 || (call->nargs == 4 && !papr_bridge_has_limited(bridge))) {
		REASON(-EINVAL, "the bridge has no limited-address mode %u", limited);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	r = papr_bridge_reset(bridge, limited);
	TRACE_IN(papr_bridge_scope(bridge), spapr_iommu_ddw_reset, bridge->config.buid, call->arg[0], limited, r);
	return papr_rtas_status_of(vm, r);
}
