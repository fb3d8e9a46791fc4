/* SPDX-License-Identifier: BSD-2-Clause */
/* Duplicates that stay good when the program closes its own descriptor. */
#include "dev/irq_eventfd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/os.h"
#include "util/reason.h"

/* Anything but an eventfd could make an interrupt block. Without /proc it is believed. */
static bool is_eventfd(int fd)
{
	char path[32], target[32];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = os_readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return true;
	target[length] = '\0';
	return !strcmp(target, "anon_inode:[eventfd]");
}

int irq_duplicate_eventfd(int fd, int *copy)
{
	int r = -1;

	if (fd >= 0) {
		r = os_dup_high(fd);
		if (r < 0)
			return REASON(r, "fd %d cannot be duplicated", fd);
		if (!is_eventfd(r)) {
			os_close(r);
			return REASON(-EINVAL, "fd %d is not an eventfd", fd);
		}
	}
	*copy = r;
	return 0;
}
