/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens and checks the file or memory behind a disk. A refusal writes one line into `why` and
 * leaves nothing open. backing_io.c moves data.
 */
#include "nvme/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "dev/function.h"
#include "util/os.h"

#define REFUSE(wish, error, format, ...) \
	function_refuse(why, error, "%s: " format, (wish)->type, __VA_ARGS__)

static int check_size(const struct backing_wish *wish, uint64_t size, char *why)
{
	const char *name = wish->file ? wish->file : "memory";

	if (size < wish->block)
		return REFUSE(wish, -EINVAL, "%s: %llu bytes are less than one block of %u", name,
			      (unsigned long long)size, wish->block);
	if (size % wish->block)
		return REFUSE(wish, -EINVAL, "%s: %llu bytes are not a multiple of the block, %u",
			      name, (unsigned long long)size, wish->block);
	return 0;
}

/* A disk in memory grows as it is written, but one that can never become full is a mistake. */
static int check_memory(const struct backing_wish *wish, char *why)
{
	uint64_t most = os_memory_total();

	if (wish->size > most)
		return REFUSE(wish, -EINVAL, "memory: %llu MiB are more than this machine has, %llu; "
			      "file=FILE is a disk of any size", (unsigned long long)wish->size >> 20,
			      (unsigned long long)most >> 20);
	return check_size(wish, wish->size, why);
}

static int check_file(const struct backing_wish *wish, int fd, uint64_t *size, char *why)
{
	unsigned int mode;
	int r = os_fstat(fd, NULL, NULL, size, &mode);

	if (r)
		return REFUSE(wish, r, "%s: %s", wish->file, strerrordesc_np(-r));
	if (!S_ISREG(mode))
		return REFUSE(wish, S_ISDIR(mode) ? -EISDIR : -EINVAL,
			      "%s: not a regular file", wish->file);
	return check_size(wish, *size, why);
}

/* O_NONBLOCK keeps open() from waiting for the other end of a FIFO. */
static int open_file(const struct backing_wish *wish, uint64_t *size, char *why)
{
	int access = wish->readonly ? O_RDONLY : O_RDWR;
	int fd = os_open(wish->file, access | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
	bool forbidden = fd == -EACCES || fd == -EROFS || fd == -EPERM;
	int r;

	if (fd < 0)
		return REFUSE(wish, fd, "%s: %s%s", wish->file, strerrordesc_np(-fd),
			      forbidden && !wish->readonly ? " (readonly=on may help)" : "");
	r = check_file(wish, fd, size, why);
	if (r) {
		os_close(fd);
		return r;
	}
	return fd;
}

int backing_check(const struct backing_wish *wish, char *why)
{
	uint64_t size;
	int fd;

	if (!wish->file)
		return check_memory(wish, why);
	fd = open_file(wish, &size, why);
	if (fd < 0)
		return fd;
	os_close(fd);
	return 0;
}

static int open_memory(const struct backing_wish *wish, const char *shared_path, char *why)
{
	int fd, r;

	if (shared_path)
		fd = os_open(shared_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	else
		fd = os_memfd_create("spapr-tce-disk", MFD_CLOEXEC);
	if (fd < 0)
		return REFUSE(wish, fd, "cannot make a disk in memory: %s", strerrordesc_np(-fd));
	r = os_ftruncate(fd, wish->size);
	if (r) {
		os_close(fd);
		return REFUSE(wish, r, "cannot make a disk of %llu bytes in memory: %s",
			      (unsigned long long)wish->size, strerrordesc_np(-r));
	}
	return fd;
}

int backing_open(struct backing *backing, const struct backing_wish *wish,
		 const char *shared_path, char *why)
{
	uint64_t size = wish->size;
	struct own_fd *own = NULL;
	int fd, r;

	if (wish->file) {
		fd = open_file(wish, &size, why);
	} else {
		r = check_memory(wish, why);
		fd = r ? r : open_memory(wish, shared_path, why);
	}
	if (fd < 0)
		return fd;
	r = own_fd_new(fd, &own);
	if (r == -ENOMEM)
		return function_refuse(why, r, "%s: out of memory", wish->type);
	if (r)
		return REFUSE(wish, r, "%s: %s", wish->file ? wish->file : "memory", strerrordesc_np(-r));
	*backing = (struct backing){
		.fd = own,
		.size = size,
		.readonly = wish->readonly,
		.is_memory = !wish->file,
	};
	return 0;
}

void backing_close(struct backing *backing)
{
	own_fd_free(backing->fd);
}
