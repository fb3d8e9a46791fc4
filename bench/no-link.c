/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A preload for way a of bench/experiment, in which each map and unmap is an exit to the VMM. It hides the capability by
 * which QEMU links KVM's tables to a group, so that KVM hands the guest's TCE calls to QEMU. Below `spapr-tce run` each MAP
 * and UNMAP makes one system call first, because in Linux's own VFIO they are system calls, and ours are calls of a library.
 */
#include <dlfcn.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_SPAPR_TCE_VFIO 142

static int (*next)(int fd, unsigned long request, void *argument);
static bool is_library;

__attribute__((constructor)) static void find_next(void)
{
	next = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
	is_library = getenv("SPAPR_TCE_RUN");
}

int ioctl(int fd, unsigned long request, void *argument);

__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, void *argument)
{
	if (request == KVM_CHECK_EXTENSION && (unsigned long)argument == CAP_SPAPR_TCE_VFIO)
		return 0;
	if (is_library && (request == VFIO_IOMMU_MAP_DMA || request == VFIO_IOMMU_UNMAP_DMA))
		syscall(SYS_getppid);
	return next(fd, request, argument);
}
