/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements append.h with raw system calls, because it runs where the preload's names may not be met. */
#include "util/append.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "util/os.h"

#define STANDARD_ERROR 2

static void take_back(int fd, size_t written)
{
	uint64_t size = 0;
	int64_t at = os_tell(fd);

	if (at >= (int64_t)written && !os_fstat(fd, NULL, NULL, &size, NULL) && (uint64_t)at == size)
		os_ftruncate(fd, size - written);
}

int append_whole(int fd, const void *bytes, size_t size)
{
	ssize_t written;

	do
		written = os_write(fd, bytes, size);
	while (written == -EINTR);
	if (written == (ssize_t)size)
		return 0;
	if (written > 0)
		take_back(fd, (size_t)written);
	return written < 0 ? (int)written : -ENOSPC;
}

void append_end(struct append_end *end, const char *what, const char *path, int error)
{
	char message[PATH_MAX + 64];

	if (atomic_exchange(&end->has_come, true))
		return;
	snprintf(message, sizeof(message), "the %s ends here: %s: %s", what, path, strerrordesc_np(error));
	if (end->tell) {
		end->tell(message);
	} else {
		os_write(STANDARD_ERROR, "spapr-tce: ", strlen("spapr-tce: "));
		os_write(STANDARD_ERROR, message, strlen(message));
		os_write(STANDARD_ERROR, "\n", 1);
	}
}
