/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Duplicates the program's eventfds, so that an interrupt still works after the program has closed
 * its own descriptor. Only eventfds are accepted.
 */
#include "dev/irq_eventfd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/os.h"
#include "util/reason.h"

/*
 * A write to another kind of file could block the thread that raises the interrupt. Without /proc
 * the kind cannot be told, and every file is accepted.
 */
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

int irq_duplicate_eventfd(int fd, struct own_fd **copy)
{
	int r;

	*copy = NULL;
	if (fd < 0)
		return 0;
	r = own_fd_dup(fd, copy);
	if (r)
		return REASON(r, "fd %d cannot be duplicated", fd);
	if (is_eventfd(own_fd_peek(*copy)))
		return 0;
	own_fd_free(*copy);
	return REASON(-EINVAL, "fd %d is not an eventfd", fd);
}
