/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the file of the recording. The descriptor is one of ours (util/own_fd.h), so the program
 * cannot close it or put a file of its own in its place unnoticed.
 */
#include "recording/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recording/checksum.h"
#include "util/absolute.h"
#include "util/append.h"
#include "util/os.h"
#include "util/own_fd.h"

static char path[PATH_MAX];
static struct own_fd *file;
static struct append_end end;

int recording_file_set(const char *name)
{
	return absolute_path(path, name);
}

const char *recording_file_path(void)
{
	return path;
}

void recording_file_on_end(void (*tell)(const char *message))
{
	end.tell = tell;
}

void recording_file_tell_end(int r)
{
	append_end(&end, "recording", path, -r);
}

int recording_file_put(struct recording_block *block)
{
	int fd, r;

	/* A thread that holds the lock of own_fd may record, so this waits without taking it. */
	while ((fd = own_fd_try_enter(file)) == -EAGAIN)
		os_yield();
	block->checksum = recording_checksum(recording_checksum(0, block, offsetof(struct recording_block, checksum)),
					     block + 1, block->size);
	r = fd < 0 ? fd : append_whole(fd, block, sizeof(*block) + block->size);
	if (fd >= 0)
		own_fd_leave(file);
	return r;
}

static int write_header(int fd, const char *options)
{
	struct recording_header header = {
		.magic = RECORDING_MAGIC,
		.version = RECORDING_VERSION,
		.page_size = (uint32_t)getpagesize(),
		.byte_order = RECORDING_LITTLE_ENDIAN,
		.options_size = (uint32_t)strlen(options),
	};
	int r = header.options_size > RECORDING_OPTIONS_MAX ? -E2BIG : 0;

	header.checksum = recording_checksum(recording_checksum(0, &header, offsetof(struct recording_header, checksum)),
					     options, header.options_size);
	r = r ? r : append_whole(fd, &header, sizeof(header));
	return r ? r : append_whole(fd, options, header.options_size);
}

/*
 * Opens a plain file; O_NONBLOCK, so that the open of a pipe that no one reads returns. With --record-data it has the
 * programs' memory, so a new one is for its user alone.
 */
static int open_plain(int flags)
{
	unsigned int mode = 0;
	int fd = os_open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, 0600);
	int r = fd < 0 ? fd : os_fstat(fd, NULL, NULL, NULL, &mode);

	if (!r && !S_ISREG(mode))
		r = -EINVAL;
	if (r && fd >= 0)
		os_close(fd);
	return r == -ENXIO || r == -EISDIR ? -EINVAL : r ? r : fd;
}

int recording_file_create(const char *options)
{
	int fd = open_plain(O_CREAT), r;

	if (fd < 0)
		return fd;
	r = os_ftruncate(fd, 0);
	if (!r)
		r = write_header(fd, options);
	if (r) {
		os_close(fd);
		return r;
	}
	recording_file_close();
	return own_fd_new(fd, &file);
}

int recording_file_open(void)
{
	return file ? 0 : own_fd_new(open_plain(0), &file);
}

bool recording_file_is_open(void)
{
	return file;
}

void recording_file_close(void)
{
	own_fd_free(file);
	file = NULL;
	atomic_store(&end.has_come, false);
}
