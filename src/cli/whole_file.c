/* SPDX-License-Identifier: BSD-2-Clause */
/* A temporary file beside the target has everything before it takes the target's name. */
#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct target {
	char path[PATH_MAX];         /* without links, so that a link stays one */
	char temporary[PATH_MAX];
	mode_t mode;
	bool is_stream;
};

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int look(const char *path, struct target *target)
{
	struct stat status;
	bool is_there = !stat(path, &status);

	*target = (struct target){ 0 };
	if (!is_there && errno != ENOENT)
		return -errno;
	target->mode = is_there ? status.st_mode & 0777 : default_mode();
	target->is_stream = is_there && !S_ISREG(status.st_mode);
	if (is_there && S_ISDIR(status.st_mode))
		return -EISDIR;
	if (is_there && access(path, W_OK))
		return -errno;
	if (!is_there || !realpath(path, target->path))
		snprintf(target->path, sizeof(target->path), "%s", path);
	if (snprintf(target->temporary, sizeof(target->temporary), "%s.XXXXXX", target->path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

static int write_stream(const struct target *target, const char *text, size_t size)
{
	int fd = open(target->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int r = fd < 0 ? -errno : write_all(fd, text, size);

	if (fd >= 0 && close(fd) && !r)
		r = -errno;
	return r;
}

/* Fills the temporary file, which exists. It takes the descriptor over. */
static int fill(int fd, const struct target *target, const char *text, size_t size)
{
	int r = write_all(fd, text, size);

	if (!r && (fchmod(fd, target->mode) || fsync(fd)))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	return r;
}

int whole_file_check(const char *path)
{
	struct target target;
	int fd, r = look(path, &target);

	if (r || target.is_stream)
		return r;
	fd = mkostemp(target.temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	unlink(target.temporary);
	return 0;
}

bool whole_file_is_stream(const char *path)
{
	struct target target;

	return !look(path, &target) && target.is_stream;
}

int whole_file_write(const char *path, const char *text, size_t size)
{
	struct target target;
	int fd, r = look(path, &target);

	if (r)
		return r;
	if (target.is_stream)
		return write_stream(&target, text, size);
	fd = mkostemp(target.temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fill(fd, &target, text, size);
	if (!r && rename(target.temporary, target.path))
		r = -errno;
	if (r)
		unlink(target.temporary);
	return r;
}
