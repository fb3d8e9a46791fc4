/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Begins and ends a container's IOMMU, and adds and removes groups. The type is set last when it
 * begins and cleared last when it ends, because calls read it without the lock. windows.c makes the
 * windows.
 */
#include "vfio/iommu.h"

#include <errno.h>

#include "util/reason.h"

void vfio_iommu_init(struct vfio_iommu *iommu, struct vfio_host *host, pthread_mutex_t *lock)
{
	*iommu = (struct vfio_iommu){ .host = host, .lock = lock };
	region_set_init(&iommu->regions);
}

void vfio_iommu_begin_locked(struct vfio_iommu *iommu, const struct vfio_iommu_type *type)
{
	atomic_store(&iommu->type, type);
}

int vfio_iommu_check_type_locked(const struct vfio_iommu *iommu, const struct vfio_iommu_type *type)
{
	return iommu_type(iommu) == type ? 0 : REASON(-EINVAL, "the container has lost its IOMMU");
}

void vfio_iommu_end_locked(struct vfio_iommu *iommu)
{
	const struct vfio_iommu_type *type = iommu_type(iommu);

	atomic_store(&iommu->enabled, false);
	atomic_store(&iommu->is_quick, false);
	atomic_store(&iommu->default_pending, false);
	vfio_window_remove_all_locked(iommu);
	type->release(iommu);
	iommu->mm_bound = false;
	atomic_store(&iommu->type, NULL);
}

static int check_attach(const struct vfio_iommu *iommu)
{
	const struct vfio_iommu_type *type = iommu_type(iommu);
	const struct host_platform *platform = iommu->host->phb->platform;

	/* [linux tce_iommu_attach_group, up to 6.1] v2 needs a platform that can make windows. */
	if (type->makes_windows && !platform->window_count)
		return REASON(-EPERM, "%s makes no windows, so that it takes v1 only", platform->phb_name);
	if (iommu->group_count >= type->group_limit)
		return REASON(-EBUSY, "this IOMMU type takes %u group", type->group_limit);
	if (!platform->windows->has_common_windows && (iommu->window[0] || iommu->window[1]))
		return REASON(-EPERM, "groups have no windows in common on %s", platform->name);
	return 0;
}

static void remove_group(struct vfio_iommu *iommu, struct vfio_group *group)
{
	struct vfio_group **link = &iommu->groups;

	while (*link != group)
		link = &(*link)->next_in_container;
	*link = group->next_in_container;
	iommu->group_count--;
	trace_groups_remove(&iommu->traced, group->pe->group);
}

int vfio_iommu_attach_locked(struct vfio_iommu *iommu, struct vfio_group *group)
{
	int r = check_attach(iommu);

	if (r)
		return r;
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++)
		if (iommu->window[slot])
			host_pe_set_window(group->pe, iommu->window[slot]);
	if (!iommu->group_count && !iommu->window[0])
		atomic_store(&iommu->default_pending, true);
	group->next_in_container = iommu->groups;
	iommu->groups = group;
	iommu->group_count++;
	trace_groups_add(&iommu->traced, group->pe->group);
	/* A platform that makes no windows has had its one window from the start. */
	if (!iommu->host->phb->platform->window_count)
		r = vfio_window_default_locked(iommu);
	if (r)
		remove_group(iommu, group);
	return r;
}

void vfio_iommu_detach_locked(struct vfio_iommu *iommu, struct vfio_group *group)
{
	remove_group(iommu, group);
	host_pe_unset_windows(group->pe);
}
