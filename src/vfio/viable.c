/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells whether host drivers leave a group alone. The "driver" link in the run's mirror says which
 * driver a function has; host_driver.c changes it.
 */
#include "vfio/vfio.h"

#include "file/mirror.h"

bool vfio_host_function_is_bound(const struct vfio_host_function *fn)
{
	const struct vfio_host *host = fn->group->host;

	/* A machine without a run has no mirror through which the driver could have been unbound. */
	return !host->space->directory[0] || mirror_is_bound(host->space->directory, fn->address, fn->driver);
}

bool vfio_group_is_viable(const struct vfio_group *group)
{
	for (struct vfio_host_function *fn = group->host->functions; fn; fn = fn->next)
		if (fn->group == group && vfio_host_function_is_bound(fn))
			return false;
	return true;
}
