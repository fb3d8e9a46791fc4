/* SPDX-License-Identifier: BSD-2-Clause */
/* A VMM's quick start, in C and C++: the guest maps a page by a hypercall, and a device reads it. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <spapr-tce.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char ram[1 << 20] __attribute__((aligned(1 << 16))) = "hello from the guest";

static int need(long result, const char *what)
{
	if (result >= 0)
		return (int)result;
	fprintf(stderr, "%s: %s (%s)\n", what, strerror((int)-result), stce_last_reason());
	exit(1);
}

int main(void)
{
	char why[STCE_WHY_SIZE] = "", seen[21] = "";
	struct stce_config *config;
	struct stce_machine *machine;
	struct stce_vm *vm;

	/* The host has a bridge, and a DMA test function in group 1. */
	need(stce_config_new(&config), "config");
	need(stce_config_set(config, "device", "dmatest,addr=0000:01:00.0,group=1", why), why);
	need(stce_machine_new(config, &machine, why), why);

	/* VFIO: the group joins a container, which gets our memory and a window of 1 MiB at bus address 0. */
	int container = need(stce_open(machine, "/dev/vfio/vfio", O_RDWR), "container");
	int group = need(stce_open(machine, "/dev/vfio/1", O_RDWR), "group");
	struct vfio_iommu_spapr_register_memory memory = { sizeof(memory), 0, (uintptr_t)ram, sizeof(ram) };
	struct vfio_iommu_spapr_tce_remove gone = { sizeof(gone), 0, 0 };
	struct vfio_iommu_spapr_tce_create window = { sizeof(window), 0, 12, 0, sizeof(ram), 1, 0, 0 };
	need(stce_ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "set container");
	need(stce_ioctl(container, VFIO_SET_IOMMU, (void *)VFIO_SPAPR_TCE_v2_IOMMU), "set iommu");
	need(stce_ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory), "register memory");
	need(stce_ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &gone), "remove the default window");
	need(stce_ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &window), "create a window");

	/* The VM: its memory at guest address 0, and a LIOBN that drives the group's window. */
	need(stce_vm_new(machine, &vm), "vm");
	need(stce_vm_set_memory(vm, 0, 0, sizeof(ram), ram), "memory");
	int device = need(stce_vm_create_device(vm, STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU), "device");
	struct stce_spapr_tce_iommu_linkage linkage = { 0x80000000, (uint32_t)group, 0 };
	struct kvm_device_attr link = { 0, 0, STCE_KVM_DEV_SPAPR_TCE_IOMMU_ATTR_LINKAGE, (uintptr_t)&linkage };
	need(stce_ioctl(device, KVM_SET_DEVICE_ATTR, &link), "link");

	/* The guest maps its page 0 at bus address 0x10000, for reading and writing. */
	uint64_t args[5] = { 0x80000000, 0x10000, 0x0 | 3 }, r4 = 0;
	long answer = stce_vm_hcall(vm, STCE_H_PUT_TCE, args, &r4);

	need(stce_dma_read(machine, 1, 0x10000, seen, sizeof(seen) - 1), "the device reads");
	printf("H_PUT_TCE answers %ld; the device reads \"%s\"\n", answer, seen);
	return answer != STCE_H_SUCCESS || strcmp(seen, ram) != 0;
}
