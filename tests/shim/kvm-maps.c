/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With mmap=auto a program can map registers until it opens a real /dev/kvm: a guest's vCPU would access them, which no
 * signal reaches. ADDRESS has mmap=auto, SIBLING mmap=on.
 */
#include "program.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#define SIBLING "0000:01:00.1"

static bool offers(int device, size_t *size)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = VFIO_PCI_BAR0_REGION_INDEX };

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return false;
	*size = info.size;
	return info.flags & VFIO_REGION_INFO_FLAG_MMAP;
}

static bool maps(int device, size_t size)
{
	void *registers = mmap(NULL, size, PROT_READ, MAP_SHARED, device, 0);

	if (registers == MAP_FAILED)
		return false;
	munmap(registers, size);
	return true;
}

int main(void)
{
	int container, group, automatic, always, kvm, real;
	size_t size = 0;

	ok(set_up(&container, &group), "a program uses two functions");
	automatic = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	always = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, SIBLING);
	ok(offers(automatic, &size) && maps(automatic, size) && offers(always, &size) && maps(always, size),
	   "the registers of both can be mapped");
	/* The preload does not see a raw call. */
	real = (int)syscall(SYS_openat, AT_FDCWD, "/dev/kvm", O_RDWR | O_CLOEXEC);
	if (real < 0) {
		ok_skip("not those with mmap=auto once it has opened /dev/kvm", "there is no /dev/kvm that can be opened");
		return ok_end();
	}
	syscall(SYS_close, real);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	ok(!offers(automatic, &size) && !maps(automatic, size) && errno == EINVAL,
	   "not those with mmap=auto once it has opened /dev/kvm");
	ok(offers(always, &size) && maps(always, size), "but those with mmap=on");
	close(kvm);
	return ok_end();
}
