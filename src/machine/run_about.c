/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements run_about.h by one line of two numbers. */
#include "machine/run_about.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "file/space.h"
#include "util/os.h"

#define NAME "about"

int run_about_write(const char *directory)
{
	char path[FILE_PATH_SIZE + 16], line[64];
	ssize_t written;
	int fd, length;

	snprintf(path, sizeof(path), "%s/" NAME, directory);
	fd = os_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fd;
	length = snprintf(line, sizeof(line), "%d %" PRIu64 "\n", (int)os_getpid(), (uint64_t)time(NULL));
	written = os_write(fd, line, (size_t)length);
	os_close(fd);
	if (written < 0)
		return (int)written;
	return written == length ? 0 : -ENOSPC;
}

struct run_about run_about_read(int directory)
{
	struct run_about about = { .pid = 0 };
	char line[64] = "";
	int fd = os_open_at(directory, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0), pid;
	ssize_t length;

	if (fd < 0)
		return about;
	length = os_pread(fd, line, sizeof(line) - 1, 0);
	os_close(fd);
	if (length > 0 && sscanf(line, "%d %" SCNu64, &pid, &about.started) == 2)
		about.pid = pid;
	return about;
}
