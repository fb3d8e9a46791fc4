/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fortified programs call other names. These must reach the same files, and must still end the
 * program if a buffer is too small. Sizes are volatile, so that the compiler leaves the check to
 * run time.
 */
#include "program.h"

#include <limits.h>
#include <signal.h>

static volatile int flags = O_RDWR;
static volatile size_t small = 4, large = 64;

static void same_files(void)
{
	char text[16] = "", path[PATH_MAX];
	int fd = open("/dev/vfio/vfio", flags);

	ok(is_container(fd), "__open_2 opens a container");
	close(fd);
	fd = openat(AT_FDCWD, "/dev/vfio/vfio", flags);
	ok(is_container(fd), "__openat_2 opens a container");
	close(fd);
	fd = open(DEVICE "/vendor", O_RDONLY);
	ok(read(fd, text, small) == 4 && !memcmp(text, "0x12", 4), "__read_chk reads");
	ok(pread(fd, text, small, 2) == 4 && !memcmp(text, "1234", 4), "__pread_chk reads");
	close(fd);
	ok(readlink(DEVICE "/iommu_group", text, small) == 4, "__readlink_chk reads a link");
	ok(realpath(DEVICE "/iommu_group", path) && !strcmp(path, "/sys/kernel/iommu_groups/1"),
	   "__realpath_chk resolves");
}

static void overflow_read(int fd)
{
	char text[8];

	if (read(fd, text, large) < 0)
		_exit(1);
	_exit(0);
}

static void overflow_pread(int fd)
{
	char text[8];

	if (pread(fd, text, large, 0) < 0)
		_exit(1);
	_exit(0);
}

static void overflow_readlink(int fd)
{
	char text[8];

	if (readlink(DEVICE "/iommu_group", text, large) < 0)
		_exit(1);
	_exit(0);
}

static void still_caught(void (*overflow)(int fd), const char *name)
{
	int fd = open("/dev/zero", O_RDONLY), nowhere;
	pid_t child = fork();

	if (!child) {
		nowhere = open("/dev/null", O_WRONLY);
		dup2(nowhere, STDERR_FILENO);
		overflow(fd);
	}
	ok(status_of_child(child) == 128 + SIGABRT, name);
	close(fd);
}

int main(void)
{
	same_files();
	still_caught(overflow_read, "__read_chk catches a buffer that is too small");
	still_caught(overflow_pread, "__pread_chk too");
	still_caught(overflow_readlink, "__readlink_chk too");
	return ok_end();
}
