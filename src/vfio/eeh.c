/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements VFIO_EEH_PE_OP: it runs one operation on every PE of the container, the newest group
 * first, until one answers other than 0 [linux vfio_spapr_eeh.c]. Freezes and resets change the
 * state that a client reads [DIFF-32]; host/eeh_op.h carries the operations out.
 */
#include "vfio/iommu.h"

#include <errno.h>

#include "host/eeh_op.h"
#include "host/eeh_trigger.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/user.h"

/* The argument up to and including op; four bytes of padding follow. */
#define OP_SIZE_SHORT (offsetof(struct vfio_eeh_pe_op, op) + sizeof(uint32_t))

typedef long eeh_op(struct vfio_group *group, const struct vfio_eeh_pe_op *op);

static long do_nothing(struct vfio_group *group, const struct vfio_eeh_pe_op *op)
{
	return 0;
}

static long enable_eeh(struct vfio_group *group, const struct vfio_eeh_pe_op *op)
{
	return host_eeh_enable(group->pe);
}

static long unfreeze_io(struct vfio_group *group, const struct vfio_eeh_pe_op *op)
{
	return host_eeh_unfreeze(group->pe, HOST_EEH_MMIO_FROZEN);
}

static long unfreeze_dma(struct vfio_group *group, const struct vfio_eeh_pe_op *op)
{
	return host_eeh_unfreeze(group->pe, HOST_EEH_DMA_FROZEN);
}

static long get_state(struct vfio_group *group, const struct vfio_eeh_pe_op *op)
{
	host_eeh_tick(group->pe);
	return host_eeh_state(&group->pe->eeh);
}

static long assert_reset(struct vfio_group *group, const struct vfio_eeh_pe_op *op)
{
	return host_eeh_assert_reset(group->pe);
}

static long deassert_reset(struct vfio_group *group, const struct vfio_eeh_pe_op *op)
{
	return host_eeh_deassert_reset(group->pe);
}

static long inject(struct vfio_group *group, const struct vfio_eeh_pe_op *op)
{
	return host_eeh_inject(group->pe, op->err.type, op->err.func, op->err.addr, op->err.mask);
}

static eeh_op *const ops[] = {
	[VFIO_EEH_PE_DISABLE] = do_nothing,
	[VFIO_EEH_PE_ENABLE] = enable_eeh,
	[VFIO_EEH_PE_UNFREEZE_IO] = unfreeze_io,
	[VFIO_EEH_PE_UNFREEZE_DMA] = unfreeze_dma,
	[VFIO_EEH_PE_GET_STATE] = get_state,
	[VFIO_EEH_PE_RESET_DEACTIVATE] = deassert_reset,
	[VFIO_EEH_PE_RESET_HOT] = assert_reset,
	[VFIO_EEH_PE_RESET_FUNDAMENTAL] = assert_reset,
	[VFIO_EEH_PE_CONFIGURE] = do_nothing,
	[VFIO_EEH_PE_INJECT_ERR] = inject,
};

/* Reads the part that only INJECT has. The head is not read again, because it has been checked. */
static int read_error(struct vfio_eeh_pe_op *op, const void *argument)
{
	if (op->argsz < sizeof(*op))
		return REASON(-EINVAL, "argsz %u has no room for an error", op->argsz);
	if (user_read(&op->err, (const char *)argument + offsetof(struct vfio_eeh_pe_op, err),
		      sizeof(op->err)))
		return REASON(-EFAULT, "the error to inject cannot be read");
	return 0;
}

static int read_op(struct vfio_eeh_pe_op *op, const void *argument)
{
	int r = vfio_read_args(op, argument, OP_SIZE_SHORT);

	if (r)
		return r;
	if (op->flags)
		return REASON(-EINVAL, "flags %#x are unknown", op->flags);
	if (op->op >= ARRAY_COUNT(ops))
		return REASON(-EINVAL, "there is no EEH operation %u", op->op);
	return op->op == VFIO_EEH_PE_INJECT_ERR ? read_error(op, argument) : 0;
}

long vfio_iommu_eeh_pe_op(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	struct vfio_eeh_pe_op op;
	long r;

	if (!iommu->host->phb->platform->has_eeh)
		return REASON(-ENODEV, "%s has no EEH", iommu->host->phb->platform->phb_name);
	r = read_op(&op, argument);
	if (r)
		return r;
	pthread_mutex_lock(iommu->lock);
	for (struct vfio_group *group = iommu->groups; group && !r; group = group->next_in_container) {
		r = ops[op.op](group, &op);
		TRACE(pe_eeh_state, group->pe->group, host_eeh_state(&group->pe->eeh));
	}
	pthread_mutex_unlock(iommu->lock);
	return r;
}
