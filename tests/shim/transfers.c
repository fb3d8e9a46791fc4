/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads, writes and mappings of a device file by each function of libc. */
#include "program.h"

#include <sys/mman.h>
#include <sys/uio.h>

static int device;
static volatile int none = -1;   /* a count that the compiler cannot evaluate */
static off_t config;

static bool find_config(void)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = VFIO_PCI_CONFIG_REGION_INDEX };

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return false;
	config = (off_t)info.offset;
	return true;
}

static void reads(void)
{
	unsigned char whole[8] = "", parts[8] = "";
	struct iovec iov[2] = { { parts, 3 }, { parts + 3, 5 } };

	ok(pread(device, whole, 8, config) == 8 && whole[0] == 0x34 && whole[1] == 0x12, "pread reads the vendor");
	ok(preadv(device, iov, 2, config) == 8 && !memcmp(whole, parts, 8), "preadv reads the same in two parts");
	ok(fails(preadv(device, iov, none, config), EINVAL), "preadv refuses a negative count");
	ok(fails(pread(device, whole, 8, -1), EINVAL), "pread refuses a negative offset");
	ok(fails(preadv(device, iov, 2, -1), EINVAL), "and so does preadv");
}

static void writes(void)
{
	unsigned char line[2] = { 0x55, 0x00 }, got[2] = { 0 };
	struct iovec iov = { line, 1 };

	ok(pwrite(device, line, 1, config + 0x3c) == 1 && pread(device, got, 1, config + 0x3c) == 1 && got[0] == 0x55,
	   "pwrite changes the interrupt line");
	line[0] = 0xaa;
	ok(pwritev(device, &iov, 1, config + 0x3c) == 1 && pread(device, got, 1, config + 0x3c) == 1 && got[0] == 0xaa,
	   "pwritev does so too");
}

static void containers_have_no_data(int container, int group)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };

	ok(fails(read(container, &byte, 1), EINVAL), "read of a container is EINVAL");
	ok(fails(write(container, &byte, 1), EINVAL), "write to it too");
	ok(fails(readv(container, &iov, 1), EINVAL) && fails(writev(group, &iov, 1), EINVAL), "vectors as well");
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, container, 0) == MAP_FAILED && errno == ENODEV,
	   "mmap of a container is ENODEV");
	ok(fails(lseek(container, 0, SEEK_SET), ESPIPE) && fails(lseek(group, 0, SEEK_CUR), ESPIPE),
	   "none of them has a position");
}

static void errno_is_kept(int container)
{
	errno = EXDEV;
	ok(ioctl(container, VFIO_GET_API_VERSION) == 0 && errno == EXDEV, "a call that succeeds leaves errno alone");
	ok(fails(ioctl(container, 0x1234), ENOTTY), "a call that fails sets it");
}

static void other_files(void)
{
	char text[4] = "";
	int pipes[2];
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ok(p != MAP_FAILED && munmap(p, 4096) == 0, "anonymous memory is mapped as ever");
	ok(pipe(pipes) == 0 && write(pipes[1], "abc", 3) == 3 && read(pipes[0], text, 3) == 3 && !strcmp(text, "abc"),
	   "other files are read and written as ever");
}

int main(void)
{
	int container, group;

	ok(set_up(&container, &group), "a container with a group");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	ok(device >= 0 && find_config(), "a device with a config space");
	reads();
	writes();
	containers_have_no_data(container, group);
	errno_is_kept(container);
	other_files();
	return ok_end();
}
