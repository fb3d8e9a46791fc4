/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells which driver has a function, and whether drivers of the host leave a group alone. In a run
 * the "driver" link in the mirror says it; bind.c changes that. Without a run a function keeps its
 * first driver.
 */
#include "vfio/vfio.h"

#include <stdio.h>
#include <string.h>


bool vfio_host_function_has(const struct vfio_host_function *fn, const char *driver)
{
	if (atomic_load(&fn->is_gone))
		return false;
	return vfio_directory_of(fn)[0] ? mirror_is_bound(vfio_directory_of(fn), fn->address, driver) :
					  !strcmp(fn->driver, driver);
}

bool vfio_group_is_viable(const struct vfio_group *group)
{
	char driver[MIRROR_DRIVER_SIZE];

	vfio_for_each_function(fn, group->host) {
		if (fn->group != group)
			continue;
		snprintf(driver, sizeof(driver), "%s", fn->driver);
		if (vfio_directory_of(fn)[0])
			mirror_driver(vfio_directory_of(fn), fn->address, driver);
		if (driver[0] && strcmp(driver, VFIO_PCI_DRIVER))
			return false;
	}
	return true;
}

bool vfio_group_has_file(const struct vfio_group *group)
{
	vfio_for_each_function(fn, group->host)
		if (fn->group == group && vfio_host_function_has(fn, VFIO_PCI_DRIVER))
			return true;
	return false;
}
