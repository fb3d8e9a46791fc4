/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements VFIO_SPAPR_TCE_IOMMU: one group with its default window. ENABLE charges the size of
 * the whole window, and MAP pins page by page. map.c maps and windows.c makes the window.
 */
#include "vfio/iommu.h"

#include <errno.h>

#include "util/reason.h"

static long iommu_enable(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	uint64_t size = 0;
	int r;

	pthread_mutex_lock(iommu->lock);
	r = vfio_iommu_check_type_locked(iommu, &vfio_iommu_v1);
	if (!r)
		iommu->mm_bound = true;
	if (!r && atomic_load(&iommu->enabled))
		r = REASON(-EBUSY, "the container is enabled already");
	if (!r) {
		size = iommu->groups->pe->dma32.size;
		r = mem_ledger_charge(iommu->host->ledger, size);
	}
	if (!r) {
		iommu->charged = size;
		atomic_store(&iommu->enabled, true);
	}
	pthread_mutex_unlock(iommu->lock);
	return r;
}

static void return_charge(struct vfio_iommu *iommu)
{
	mem_ledger_return(iommu->host->ledger, iommu->charged);
	iommu->charged = 0;
}

/* DISABLE only refuses further MAPs and UNMAPs; mappings and the table stay. */
static long iommu_disable(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	int r;

	pthread_mutex_lock(iommu->lock);
	r = vfio_iommu_check_type_locked(iommu, &vfio_iommu_v1);
	if (!r) {
		atomic_store(&iommu->enabled, false);
		return_charge(iommu);
	}
	pthread_mutex_unlock(iommu->lock);
	return r;
}

static const struct vfio_ioctl ioctls[] = {
	{ VFIO_IOMMU_MAP_DMA, vfio_iommu_spapr_tce_pin_and_map, VFIO_COUNTER(map_calls) },
	{ VFIO_IOMMU_UNMAP_DMA, vfio_iommu_spapr_tce_unmap, VFIO_COUNTER(unmap_calls) },
	{ VFIO_IOMMU_SPAPR_TCE_GET_INFO, vfio_iommu_spapr_tce_get_info, VFIO_COUNTER(other_calls) },
	{ VFIO_IOMMU_ENABLE, iommu_enable, VFIO_COUNTER(other_calls) },
	{ VFIO_IOMMU_DISABLE, iommu_disable, VFIO_COUNTER(other_calls) },
	{ VFIO_EEH_PE_OP, vfio_iommu_eeh_pe_op, VFIO_COUNTER(other_calls) },
};

const struct vfio_iommu_type vfio_iommu_v1 = {
	.type = VFIO_SPAPR_TCE_IOMMU,
	.group_limit = 1,
	.ioctls = ioctls,
	.ioctl_count = ARRAY_COUNT(ioctls),
	.release = return_charge,
};
