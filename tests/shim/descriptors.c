/* SPDX-License-Identifier: BSD-2-Clause */
/* A file lives as long as one of its descriptors, however they are duplicated and closed. */
#include "program.h"

#include <linux/close_range.h>

/* The copy works after the original has been closed, and closing the copy closes the file. */
static void copy_outlives(int fd, int copy, const char *name)
{
	bool worked = is_container(fd) && is_container(copy);

	close(fd);
	worked &= fails(ioctl(fd, VFIO_GET_API_VERSION), EBADF) && is_container(copy);
	close(copy);
	ok(worked && fails(ioctl(copy, VFIO_GET_API_VERSION), EBADF), name);
}

static void copies(void)
{
	int fd = open_container();

	copy_outlives(fd, dup(fd), "a copy by dup outlives the original");
	fd = open_container();
	copy_outlives(fd, dup2(fd, 100), "a copy by dup2 outlives the original");
	fd = open_container();
	copy_outlives(fd, dup3(fd, 101, O_CLOEXEC), "a copy by dup3 outlives the original");
	fd = open_container();
	copy_outlives(fd, fcntl(fd, F_DUPFD, 200), "a copy by F_DUPFD outlives the original");
	fd = open_container();
	copy_outlives(fd, fcntl(fd, F_DUPFD_CLOEXEC, 201), "a copy by F_DUPFD_CLOEXEC outlives the original");
	fd = open_container();
	ok(dup2(fd, fd) == fd && is_container(fd), "dup2 onto itself changes nothing");
	ok(fails(dup3(fd, fd, 0), EINVAL) && is_container(fd), "dup3 onto itself is refused and changes nothing");
	ok(fails(dup2(-1, fd), EBADF) && is_container(fd), "a dup2 that fails leaves its target open");
	close(fd);
}

/* Symptom: the program died when a group's file was truncated. */
static void sizes(void)
{
	int group = open("/dev/vfio/1", O_RDWR);
	struct vfio_group_status status = { .argsz = sizeof(status) };

	ok(fails(ftruncate(group, 0), EINVAL), "ftruncate of a group is EINVAL");
	ok(fails(fallocate(group, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), ENODEV), "fallocate ENODEV");
	ok(posix_fallocate(group, 0, 8192) == ENODEV, "and posix_fallocate too");
	ok(ioctl(group, VFIO_GROUP_GET_STATUS, &status) == 0, "the group works on");
	close(group);
}

static void replaced(void)
{
	int fd = open_container(), other = open("/dev/zero", O_RDWR), group;
	char byte = 1;

	ok(dup2(other, fd) == fd && read(fd, &byte, 1) == 1 && !byte, "dup2 onto a container makes it the other file");
	ok(fails(ioctl(fd, VFIO_GET_API_VERSION), ENOTTY), "and no container any more");
	close(fd);
	group = open("/dev/vfio/1", O_RDWR);
	ok(fails(open("/dev/vfio/1", O_RDWR), EBUSY), "a group opens once");
	ok(dup2(other, group) == group, "dup2 onto the group's only descriptor");
	fd = open("/dev/vfio/1", O_RDWR);
	ok(fd >= 0, "has closed the group");
	close(fd);
	close(group);
	close(other);
}

static void ranges(void)
{
	int a = open_container(), b = fcntl(a, F_DUPFD, 300), c = fcntl(a, F_DUPFD, 310);

	ok(close_range(300, 305, CLOSE_RANGE_CLOEXEC) == 0 && is_container(b) && fcntl(b, F_GETFD) == FD_CLOEXEC,
	   "close_range with CLOEXEC only marks");
	ok(fails(close_range(305, 300, 0), EINVAL) && is_container(b), "an invalid range changes nothing");
	ok(close_range(300, 305, 0) == 0 && fails(ioctl(b, VFIO_GET_API_VERSION), EBADF), "close_range closes ours");
	ok(is_container(a) && is_container(c), "but not those outside");
	closefrom(306);
	ok(fails(ioctl(c, VFIO_GET_API_VERSION), EBADF) && is_container(a), "closefrom closes from there on");
	close(a);
}

static void streams(void)
{
	int fd = open_container(), other;
	FILE *stream = fdopen(fd, "r+");

	fclose(stream);
	ok(fails(ioctl(fd, VFIO_GET_API_VERSION), EBADF), "fclose of a stream on a container closes it");
	other = open("/dev/null", O_RDWR);
	ok(other == fd && fails(ioctl(other, VFIO_GET_API_VERSION), ENOTTY), "its number is free for another file");
	close(other);
}

static void reuse(void)
{
	int fd = open_container(), other;

	ok(close(fd) == 0 && fails(close(fd), EBADF), "a second close is EBADF");
	other = open("/dev/zero", O_RDONLY);
	ok(other == fd && fails(ioctl(other, VFIO_GET_API_VERSION), ENOTTY), "a reused number is the new file's");
	close(other);
	for (int i = 0; i < 1000; i++) {
		fd = open_container();
		if (!is_container(fd))
			break;
		close(fd);
	}
	ok(fd == other, "a thousand containers leave no descriptor behind");
}

int main(void)
{
	int first = open("/dev/null", O_RDONLY);

	copies();
	sizes();
	replaced();
	ranges();
	streams();
	reuse();
	close(first);
	return ok_end();
}
