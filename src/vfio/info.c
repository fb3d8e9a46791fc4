/* SPDX-License-Identifier: BSD-2-Clause */
/* VFIO_IOMMU_SPAPR_TCE_GET_INFO: what the newest group's bridge can do. */
#include "vfio/iommu.h"

#include <errno.h>

#include "util/reason.h"
#include "util/user.h"

#define INFO_SIZE_V1 offsetof(struct vfio_iommu_spapr_tce_info, ddw)

long vfio_iommu_spapr_tce_get_info(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	const struct host_platform *p = iommu->host->phb->platform;
	struct vfio_iommu_spapr_tce_info info = { 0 };
	const struct vfio_iommu_type *type = iommu_type(iommu);
	int r = type ? vfio_read_args(&info, argument, INFO_SIZE_V1) :
		       REASON(-EINVAL, "the container has lost its IOMMU");
	size_t size = info.argsz < sizeof(info) ? INFO_SIZE_V1 : sizeof(info);

	if (r)
		return r;
	info.flags = type->counts_regions ? VFIO_IOMMU_SPAPR_INFO_DDW : 0;
	info.dma32_window_start = p->dma32_start;
	info.dma32_window_size = p->dma32_size;
	if (type->counts_regions) {
		info.ddw.pgsizes = p->page_sizes;
		info.ddw.max_dynamic_windows_supported = p->window_count;
		info.ddw.levels = p->levels;
	}
	if (user_write(argument, &info, size))
		return REASON(-EFAULT, "the answer cannot be written");
	return 0;
}
