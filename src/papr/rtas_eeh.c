/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the RTAS calls by which a guest recovers a PE [LoPAR 7.3.11]. To the guest all groups on a
 * bridge are one PE, as all groups of a container are to VFIO_EEH_PE_OP, and each call makes the same
 * operation of host/eeh_op.h on all of them, the newest first, until one fails [DIFF-73]. Statuses are
 * QEMU's where LoPAR leaves a choice. rtas_eeh_log.c tells the cause, rtas_errinjct.c injects errors.
 */
#include "papr/rtas.h"

#include <errno.h>

#include "host/eeh_op.h"
#include "util/reason.h"
#include "util/trace.h"

/* The options and functions of the calls [LoPAR 7.3.11.1 to 7.3.11.5]. */
enum { EEH_DISABLE, EEH_ENABLE, EEH_THAW_MMIO, EEH_THAW_DMA };
enum { RESET_DEACTIVATE = 0, RESET_HOT = 1, RESET_FUNDAMENTAL = 3 };
enum { INFO_PE_ADDRESS, INFO_PE_MODE };

#define PE_MODE_SHARED 2
#define PE_SUPPORTED   1
#define BUS_OF(address) ((address) & 0xff0000)

typedef int pe_op(struct host_pe *pe);

struct papr_bridge *papr_rtas_find_eeh(struct papr_vm *vm, const struct papr_rtas *call, unsigned int place)
{
	uint64_t buid = (uint64_t)call->arg[place] << 32 | call->arg[place + 1];
	struct papr_bridge *bridge = papr_bridge_find(vm, buid);

	if (!bridge || !bridge->members || !bridge->members->pe->phb->platform->has_eeh) {
		REASON(-EINVAL, "no bridge with a PE that can freeze has BUID %#llx", (unsigned long long)buid);
		return NULL;
	}
	return bridge;
}

/* Makes the operation on every PE of the bridge that the call names. */
static int operate(struct papr_vm *vm, const struct papr_rtas *call, pe_op *op)
{
	struct papr_bridge *bridge = papr_rtas_find_eeh(vm, call, 1);
	int r = 0;

	if (!bridge)
		return STCE_RTAS_PARAMETER_ERROR;
	for (struct papr_member *m = bridge->members; m && !r; m = m->next) {
		r = op(m->pe);
		TRACE(pe_eeh_state, m->pe->group, host_eeh_state(&m->pe->eeh));
	}
	return r ? STCE_RTAS_HARDWARE_ERROR : STCE_RTAS_SUCCESS;
}

/* EEH stays enabled, because a PE belongs to a guest that has enabled it or to nobody [linux eeh_pe_set_option]. */
static int leave_alone(struct host_pe *pe)
{
	return 0;
}

static int thaw_mmio(struct host_pe *pe)
{
	return host_eeh_unfreeze(pe, HOST_EEH_MMIO_FROZEN);
}

static int thaw_dma(struct host_pe *pe)
{
	return host_eeh_unfreeze(pe, HOST_EEH_DMA_FROZEN);
}

int papr_rtas_set_eeh_option(struct papr_vm *vm, struct papr_rtas *call)
{
	static pe_op *const ops[] = {
		[EEH_DISABLE] = leave_alone,
		[EEH_ENABLE] = host_eeh_enable,
		[EEH_THAW_MMIO] = thaw_mmio,
		[EEH_THAW_DMA] = thaw_dma,
	};

	if (call->arg[3] < ARRAY_COUNT(ops))
		return operate(vm, call, ops[call->arg[3]]);
	REASON(-EINVAL, "there is no EEH option %u", call->arg[3]);
	return STCE_RTAS_PARAMETER_ERROR;
}

int papr_rtas_set_slot_reset(struct papr_vm *vm, struct papr_rtas *call)
{
	static pe_op *const ops[] = {
		[RESET_DEACTIVATE] = host_eeh_deassert_reset,
		[RESET_HOT] = host_eeh_assert_reset,
		[RESET_FUNDAMENTAL] = host_eeh_assert_reset,
	};

	if (call->arg[3] < ARRAY_COUNT(ops) && ops[call->arg[3]])
		return operate(vm, call, ops[call->arg[3]]);
	REASON(-EINVAL, "there is no reset %u of a slot", call->arg[3]);
	return STCE_RTAS_PARAMETER_ERROR;
}

int papr_rtas_configure_pe(struct papr_vm *vm, struct papr_rtas *call)
{
	return operate(vm, call, leave_alone);
}

/* Returns the newest PE that is not normal, or the newest one. */
static struct host_pe *worst_pe(const struct papr_bridge *bridge)
{
	for (struct papr_member *m = bridge->members; m; m = m->next)
		if (host_eeh_state(&m->pe->eeh) != STCE_EEH_NORMAL)
			return m->pe;
	return bridge->members->pe;
}

int papr_rtas_read_slot_reset_state2(struct papr_vm *vm, struct papr_rtas *call)
{
	struct papr_bridge *bridge = papr_rtas_find_eeh(vm, call, 1);
	struct stce_eeh eeh;

	if (!bridge)
		return STCE_RTAS_PARAMETER_ERROR;
	host_eeh_describe(&worst_pe(bridge)->eeh, &eeh, sizeof(eeh));
	call->ret[1] = eeh.state;
	call->ret[2] = PE_SUPPORTED;
	call->ret[3] = eeh.wait;        /* [DIFF-74] */
	call->ret[4] = 0;
	return STCE_RTAS_SUCCESS;
}

int papr_rtas_get_config_addr_info2(struct papr_vm *vm, struct papr_rtas *call)
{
	uint32_t function = call->arg[3];

	if (!papr_rtas_find_eeh(vm, call, 1))
		return STCE_RTAS_PARAMETER_ERROR;
	if (function > INFO_PE_MODE) {
		REASON(-EINVAL, "there is no information %u about a PE", function);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	/* A PE has the address of its bus, and a bit so that it is not 0, which would mean none [linux]. */
	call->ret[1] = function == INFO_PE_MODE ? PE_MODE_SHARED : BUS_OF(call->arg[0]) | 1;
	return STCE_RTAS_SUCCESS;
}
