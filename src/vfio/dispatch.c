/* SPDX-License-Identifier: BSD-2-Clause */
/* What all ioctl tables of VFIO have in common. */
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

long vfio_dispatch(const struct vfio_ioctl *rows, size_t count, void *object,
		   unsigned long request, void *argument, struct stats *stats)
{
	size_t i = 0;
	long r;

	while (i < count && rows[i].request != (unsigned int)request)
		i++;
	if (i < count) {
		r = rows[i].handle(object, argument);
		/* It is made again, and counted then. */
		if (unlikely(r == FILE_NOT_QUICK))
			return r;
		stats_add(stats, rows[i].counter, 1);
	} else {
		r = REASON(-ENOTTY, "this file has no call %#x", (unsigned int)request);
	}
	if (r < 0)
		STATS_ADD(stats, refused_calls, 1);
	return r;
}
