/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements VFIO_IOMMU_SPAPR_TCE_GET_INFO, which describes the newest group's default window and,
 * for v2, the windows that the platform can make.
 */
#include "vfio/iommu.h"

#include <errno.h>

#include "util/reason.h"
#include "util/user.h"

#define INFO_SIZE_V1 offsetof(struct vfio_iommu_spapr_tce_info, ddw)

/* Finds the IOMMU's type and the place of the newest group's default window. */
static int find_newest(struct vfio_iommu *iommu, const struct vfio_iommu_type **type,
		       struct vfio_iommu_spapr_tce_info *info)
{
	int r = 0;

	pthread_mutex_lock(iommu->lock);
	*type = iommu_type(iommu);
	if (*type) {
		info->dma32_window_start = iommu->groups->pe->dma32.start;
		info->dma32_window_size = iommu->groups->pe->dma32.size;
	} else {
		r = REASON(-EINVAL, "the container has lost its IOMMU");
	}
	pthread_mutex_unlock(iommu->lock);
	return r;
}

long vfio_iommu_spapr_tce_get_info(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	const struct host_platform *p = iommu->host->phb->platform;
	struct vfio_iommu_spapr_tce_info info = { 0 };
	int r = vfio_read_args(&info, argument, INFO_SIZE_V1);
	const struct vfio_iommu_type *type = NULL;
	size_t size = info.argsz < sizeof(info) ? INFO_SIZE_V1 : sizeof(info);

	if (!r)
		r = find_newest(iommu, &type, &info);
	if (r)
		return r;
	info.flags = type->counts_regions ? VFIO_IOMMU_SPAPR_INFO_DDW : 0;
	if (type->counts_regions) {
		info.ddw.pgsizes = p->page_sizes;
		info.ddw.max_dynamic_windows_supported = p->window_count;
		info.ddw.levels = p->levels;
	}
	if (user_write(argument, &info, size))
		return REASON(-EFAULT, "the answer cannot be written");
	return 0;
}
