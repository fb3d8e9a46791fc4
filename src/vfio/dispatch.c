/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the row of an ioctl in a table, runs it and counts it, for all VFIO files. The handlers own
 * every check.
 */
#include "vfio/vfio.h"

#include <errno.h>

#include "util/reason.h"
#include "util/stats.h"

static const struct vfio_ioctl *find_row(const struct vfio_ioctl *rows, size_t count, unsigned long request)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].request == (unsigned int)request)
			return &rows[i];
	return NULL;
}

long vfio_dispatch(const struct vfio_ioctl *rows, size_t count, void *object,
		   unsigned long request, void *argument, struct stats *stats)
{
	const struct vfio_ioctl *row = find_row(rows, count, request);

	if (row)
		return vfio_counted(stats, row->counter, row->handle(object, argument));
	STATS_ADD(stats, refused_calls, 1);
	return REASON(-ENOTTY, "this file has no call %#x", (unsigned int)request);
}
