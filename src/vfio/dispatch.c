/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the row of an ioctl in a table, runs it and counts it, for all VFIO files. The handlers own
 * every check but the one for argsz, which is here.
 */
#include "vfio/vfio.h"

#include <errno.h>

#include "util/reason.h"
#include "util/stats.h"
#include "util/user.h"

int vfio_read_args(void *args, const void *from, size_t minimum)
{
	uint32_t argsz;

	if (user_read(args, from, minimum))
		return REASON(-EFAULT, "the argument at %p cannot be read", from);
	argsz = *(const uint32_t *)args;
	if (argsz < minimum)
		return REASON(-EINVAL, "argsz %u is below %zu", argsz, minimum);
	return 0;
}

static const struct vfio_ioctl *find_row(const struct vfio_ioctl *rows, size_t count, unsigned long request)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].request == (unsigned int)request)
			return &rows[i];
	return NULL;
}

static long counted(struct stats *stats, const struct vfio_ioctl *row, long r)
{
	if (row)
		stats_add(stats, row->counter, 1);
	if (r < 0)
		STATS_ADD(stats, refused_calls, 1);
	return r;
}

long vfio_dispatch(const struct vfio_ioctl *rows, size_t count, void *object,
		   unsigned long request, void *argument, struct stats *stats)
{
	const struct vfio_ioctl *row = find_row(rows, count, request);

	return counted(stats, row, row ? row->handle(object, argument) :
				   REASON(-ENOTTY, "this file has no call %#x", (unsigned int)request));
}

long vfio_dispatch_quick(const struct vfio_ioctl *rows, size_t count, void *object,
			 unsigned long request, void *argument, struct stats *stats)
{
	const struct vfio_ioctl *row = find_row(rows, count, request);
	long r = row && row->quick ? row->quick(object, argument) : SLOWER;

	return likely(r != SLOWER) ? counted(stats, row, r) : r;
}
