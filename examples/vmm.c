/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements a complete small VMM. The library finishes the guest's TCE calls in place, and the
 * window of a VFIO group follows them without any ioctl. The VMM handles only two calls of its own,
 * H_SAY and H_END.
 */
#include "vcpu.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <spapr-tce.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GROUP 1
#define WINDOW_SIZE (1ull << 30)

struct vmm {
	struct stce_machine *machine;
	struct stce_vm *vm;
	char *ram;
	int container, group, table, device;
};

static void check(const char *what, long result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "vmm: %s: %s (%s)\n", what, strerror((int)-result), stce_last_reason());
	exit(1);
}

/* Makes the host, which has a bridge with one DMA test function in group 1. */
static void make_machine(struct vmm *v)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE] = "";

	check("config", stce_config_new(&config));
	check(why, stce_config_set(config, "device", "dmatest,addr=0000:01:00.0,group=1", why));
	check(why, stce_config_set(config, "memlock", "1G", why));
	check(why, stce_machine_new(config, &v->machine, why));
	stce_config_free(config);
}

/* Sets up VFIO as every VMM does: container, group, memory, window. */
static void open_group(struct vmm *v)
{
	struct vfio_iommu_spapr_register_memory memory = {
		.argsz = sizeof(memory), .vaddr = (uintptr_t)v->ram, .size = RAM_SIZE,
	};
	struct vfio_iommu_spapr_tce_remove gone = { .argsz = sizeof(gone) };
	struct vfio_iommu_spapr_tce_create window = {
		.argsz = sizeof(window), .page_shift = 12, .window_size = WINDOW_SIZE, .levels = 1,
	};

	check("container", v->container = stce_open(v->machine, "/dev/vfio/vfio", O_RDWR));
	check("group", v->group = stce_open(v->machine, "/dev/vfio/1", O_RDWR));
	check("set container", stce_ioctl(v->group, VFIO_GROUP_SET_CONTAINER, &v->container));
	check("set iommu", stce_ioctl(v->container, VFIO_SET_IOMMU, (void *)VFIO_SPAPR_TCE_v2_IOMMU));
	check("register", stce_ioctl(v->container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory));
	check("remove", stce_ioctl(v->container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &gone));
	check("create", stce_ioctl(v->container, VFIO_IOMMU_SPAPR_TCE_CREATE, &window));
	printf("window at %#llx, %llu MiB of 4 KiB pages\n", (unsigned long long)window.start_addr,
	       WINDOW_SIZE >> 20);
}

/* Sets up the hypervisor's half: memory, a table, and its link to the group. */
static void make_vm(struct vmm *v)
{
	struct stce_table table = { .liobn = LIOBN, .page_shift = 12, .size = WINDOW_SIZE >> 12 };
	struct kvm_vfio_spapr_tce pair;
	struct kvm_device_attr add = { .group = KVM_DEV_VFIO_GROUP, .attr = KVM_DEV_VFIO_GROUP_ADD,
				       .addr = (uintptr_t)&v->group };
	struct kvm_device_attr link = { .group = KVM_DEV_VFIO_GROUP,
					.attr = KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE,
					.addr = (uintptr_t)&pair };

	check("vm", stce_vm_new(v->machine, &v->vm));
	check("memory", stce_vm_set_memory(v->vm, 0, 0, RAM_SIZE, v->ram));
	check("hcalls", stce_vm_enable_hcall(v->vm, STCE_H_PUT_TCE_INDIRECT, true));
	check("hcalls", stce_vm_enable_hcall(v->vm, STCE_H_STUFF_TCE, true));
	check("table", v->table = stce_vm_create_table(v->vm, &table));
	check("device", v->device = stce_vm_create_device(v->vm, KVM_DEV_TYPE_VFIO));
	check("add group", stce_ioctl(v->device, KVM_SET_DEVICE_ATTR, &add));
	pair = (struct kvm_vfio_spapr_tce){ v->group, v->table };
	check("link", stce_ioctl(v->device, KVM_SET_DEVICE_ATTR, &link));
}

/* Puts a text into the guest's memory, and a list that maps its first 512 pages. */
static void fill_memory(char *ram)
{
	uint64_t *list = (uint64_t *)(ram + LIST_GPA);

	strcpy(ram + TEXT_GPA, "hello from the guest's memory");
	for (uint64_t i = 0; i < 512; i++)
		list[i] = htobe64(i << 12 | 3);
}

static void let_device_read(struct vmm *v, uint64_t ioba)
{
	char text[64] = "";

	if (stce_dma_read(v->machine, GROUP, ioba, text, 30))
		printf("  device at %#llx: DMA fault (%s)\n", (unsigned long long)ioba, stce_last_reason());
	else
		printf("  device at %#llx: \"%s\"\n", (unsigned long long)ioba, text);
}

/* Handles a call that the library leaves to the VMM; returns false if it ends the guest. */
static bool emulate(struct vmm *v, const struct call *call)
{
	if (call->nr == H_END)
		return false;
	if (call->nr == H_SAY)
		let_device_read(v, call->args[0]);
	else
		printf("  call %#llx was too hard\n", (unsigned long long)call->nr);
	*call->result = 0;
	return true;
}

static void run(struct vmm *v, struct vcpu *vcpu)
{
	struct call call;

	while (vcpu_run(vcpu, &call)) {
		uint64_t output = call.args[0];
		long r = stce_vm_hcall(v->vm, call.nr, call.args, &output);

		if (r == STCE_H_TOO_HARD) {
			if (!emulate(v, &call))
				return;
			continue;
		}
		printf("  call %#llx: %ld\n", (unsigned long long)call.nr, r);
		*call.result = (uint64_t)r;
		*call.output = output;
	}
	fprintf(stderr, "vmm: the vCPU stopped for a reason that this VMM does not know\n");
	exit(1);
}

int main(void)
{
	struct vmm v = { 0 };
	struct stce_stats stats;
	struct vcpu *vcpu;

	v.ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fill_memory(v.ram);
	make_machine(&v);
	open_group(&v);
	make_vm(&v);
	vcpu = vcpu_new(v.ram);
	if (!vcpu) {
		perror("vmm: there is no vCPU");
		return 77;
	}
	printf("guest: %s\n", vcpu_kind);
	run(&v, vcpu);
	stce_machine_stats(v.machine, &stats, sizeof(stats));
	printf("calls finished in real mode %llu, in virtual mode %llu; MAP ioctls %llu\n",
	       (unsigned long long)stats.hcalls_real, (unsigned long long)stats.hcalls_virtual,
	       (unsigned long long)stats.map_calls);
	vcpu_free(vcpu);
	stce_close(v.table);
	stce_close(v.device);
	stce_vm_free(v.vm);
	stce_close(v.group);
	stce_close(v.container);
	stce_machine_free(v.machine);
	return 0;
}
