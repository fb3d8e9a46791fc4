/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements mirror_files.h. A file is changed in place, because its owner and mode must stay. */
#include "file/mirror_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/os.h"

/* Writes the path behind the directory into the buffer of MIRROR_PATH_SIZE bytes. */
#define PATH(buffer, directory, format)                                                        \
	({                                                                                     \
		int length_ = snprintf(buffer, MIRROR_PATH_SIZE, "%s", directory);             \
		va_list args_;                                                                 \
                                                                                               \
		va_start(args_, format);                                                       \
		vsnprintf(buffer + length_, MIRROR_PATH_SIZE - (size_t)length_, format, args_);  \
		va_end(args_);                                                                 \
	})

static void open_to_all(const char *path)
{
	int fd = os_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);

	if (fd < 0)
		return;
	os_fchmod(fd, 0755);
	os_close(fd);
}

int mirror_directory(const char *directory, const char *format, ...)
{
	char path[MIRROR_PATH_SIZE];
	int r;

	PATH(path, directory, format);
	r = os_mkdir(path, 0755);
	/* The mask of a program that makes virtual functions does not count. */
	if (!r)
		open_to_all(path);
	return r == -EEXIST ? 0 : r;
}

bool mirror_has(const char *directory, const char *format, ...)
{
	char path[MIRROR_PATH_SIZE];
	unsigned int mode;

	PATH(path, directory, format);
	return os_path_mode(path, &mode) == 0;
}

int mirror_read(const char *directory, const char *name, char *text, size_t size)
{
	char path[MIRROR_PATH_SIZE];
	ssize_t length;
	int fd;

	text[0] = 0;
	snprintf(path, sizeof(path), "%s%s", directory, name);
	fd = os_open(path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	length = os_pread(fd, text, size - 1, 0);
	os_close(fd);
	text[length < 0 ? 0 : length] = 0;
	return length < 0 ? (int)length : 0;
}

int mirror_write(const char *directory, const char *name, unsigned int mode, const void *bytes, size_t size)
{
	char path[MIRROR_PATH_SIZE];
	ssize_t written;
	int fd, r;

	snprintf(path, sizeof(path), "%s%s", directory, name);
	/* A file that even its owner may only read can be opened for writing when it is made. */
	fd = os_open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return fd;
	/* The launcher's mask does not count. Only the owner can do this, and has done it then. */
	os_fchmod(fd, mode);
	written = os_pwrite(fd, bytes, size, 0);
	r = written < 0 ? (int)written : os_ftruncate(fd, size);
	os_close(fd);
	/* A file system that is nearly full may write only a part. */
	return r ? r : written == (ssize_t)size ? 0 : -ENOSPC;
}

int mirror_print(const char *directory, const char *path, unsigned int mode, const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return mirror_write(directory, path, mode, text, strlen(text));
}

int mirror_link(const char *directory, const char *target, const char *format, ...)
{
	char path[MIRROR_PATH_SIZE];

	PATH(path, directory, format);
	return os_symlink(target, path);
}

int mirror_unlink(const char *directory, const char *format, ...)
{
	char path[MIRROR_PATH_SIZE];

	PATH(path, directory, format);
	return os_unlink(path);
}
