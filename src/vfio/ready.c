/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells whether a group is attached, and whether its devices can be opened. It may be another process
 * that has attached the group.
 */
#include "vfio/vfio.h"

#include <errno.h>

#include "util/reason.h"

bool vfio_group_is_attached_locked(const struct vfio_group *group)
{
	/*
	 * The record tells of another process's container. Any process can write it, so it does not
	 * decide whether we have one.
	 */
	return group->container || atomic_load(&group->record->driver) != 0;
}

int vfio_group_check_ready_locked(const struct vfio_group *group, bool *is_ours)
{
	*is_ours = group->container;
	if (!vfio_group_is_attached_locked(group))
		return REASON(-EINVAL, "the group has no container");
	/* The process that has attached the group knows. */
	if (group->container && !vfio_container_has_iommu(group->container))
		return REASON(-EINVAL, "the container has no IOMMU");
	return 0;
}
