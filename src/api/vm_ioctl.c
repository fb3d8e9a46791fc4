/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls on a KVM VM that concern TCEs, one row each. An ioctl without a row is not ours, and
 * the caller passes it on.
 */
#include "api/handles.h"

#include <errno.h>

#include "abi/kvm_ppc.h"
#include "file/fd_table.h"
#include "kvm/device.h"
#include "papr/hcall.h"
#include "spapr-tce/files.h"
#include "util/reason.h"
#include "util/user.h"

#define TCE_PAGE_SHIFT_32 12
#define HCALL_MAX 0x450     /* [linux MAX_HCALL_OPCODE] is near this, and differs between versions */

static const struct {
	unsigned long capability;
} capabilities[] = {
	{ KVM_CAP_SPAPR_TCE }, { KVM_CAP_SPAPR_MULTITCE }, { KVM_CAP_SPAPR_TCE_64 },
	{ KVM_CAP_SPAPR_TCE_VFIO }, { KVM_CAP_PPC_ENABLE_HCALL }, { STCE_KVM_CAP_SPAPR_TCE_IOMMU },
};

long stce_kvm_check_extension(unsigned long capability)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(capabilities); i++)
		if (capabilities[i].capability == capability)
			return 1;
	return STCE_NOT_OURS;
}

static long check_extension(struct stce_vm *vm, void *argument)
{
	return stce_kvm_check_extension((unsigned long)argument);
}

static long create_spapr_tce(struct stce_vm *vm, void *argument)
{
	struct kvm_create_spapr_tce p;

	if (user_read(&p, argument, sizeof(p)))
		return REASON(-EFAULT, "the argument cannot be read");
	return stce_vm_create_table(vm, &(struct stce_table){
		.liobn = p.liobn,
		.page_shift = TCE_PAGE_SHIFT_32,
		.size = p.window_size >> TCE_PAGE_SHIFT_32,
	});
}

static long create_spapr_tce_64(struct stce_vm *vm, void *argument)
{
	struct kvm_create_spapr_tce_64 p;

	if (user_read(&p, argument, sizeof(p)))
		return REASON(-EFAULT, "the argument cannot be read");
	if (p.flags)
		return REASON(-EINVAL, "the flags %#x are unknown", p.flags);
	return stce_vm_create_table(vm, &(struct stce_table){
		.liobn = p.liobn,
		.page_shift = p.page_shift,
		.offset = p.offset,
		.size = p.size,
	});
}

static long set_user_memory_region(struct stce_vm *vm, void *argument)
{
	struct kvm_userspace_memory_region p;
	int r;

	if (user_read(&p, argument, sizeof(p)))
		return REASON(-EFAULT, "the argument cannot be read");
	r = mem_guest_change(&vm->kvm->guest, &(struct mem_slot){
		p.slot, to_gpa(p.guest_phys_addr), p.memory_size, to_vaddr(p.userspace_addr),
	});
	/* [linux __kvm_set_memory_region] Removing a slot that does not exist is -EINVAL. */
	return r == -ENOENT ? -EINVAL : r;
}

/* Makes a device of ours; the real KVM has all others. */
static long create_device(struct stce_vm *vm, void *argument)
{
	struct kvm_create_device p;
	const struct kvm_device_kind *type;
	int fd;

	if (user_read(&p, argument, sizeof(p)))
		return REASON(-EFAULT, "the argument cannot be read");
	type = kvm_device_kind_find(p.type);
	if (!type)
		return STCE_NOT_OURS;
	if (p.flags & KVM_CREATE_DEVICE_TEST)
		return 0;
	fd = kvm_device_create(vm->kvm, type);
	if (fd < 0)
		return fd;
	p.fd = (uint32_t)fd;
	if (user_write(argument, &p, sizeof(p))) {
		fd_table_close(fd);
		return REASON(-EFAULT, "the answer cannot be written");
	}
	return 0;
}

static long enable_cap(struct stce_vm *vm, void *argument)
{
	struct kvm_enable_cap p;

	if (user_read(&p, argument, sizeof(p)))
		return REASON(-EFAULT, "the argument cannot be read");
	if (p.cap != KVM_CAP_PPC_ENABLE_HCALL)
		return STCE_NOT_OURS;
	if (p.args[0] % 4 || p.args[0] > HCALL_MAX || p.args[1] > 1)
		return REASON(-EINVAL, "hypercall %#llx cannot be set to %llu", (unsigned long long)p.args[0],
			      (unsigned long long)p.args[1]);
	return papr_hcall_enable(vm->kvm, p.args[0], p.args[1]) ? STCE_NOT_OURS : 0;
}

static long hcall(struct stce_vm *vm, void *argument)
{
	struct stce_kvm_hcall p;

	if (user_read(&p, argument, sizeof(p)))
		return REASON(-EFAULT, "the argument cannot be read");
	p.status = stce_vm_hcall(vm, p.nr, p.args, &p.ret);
	if (user_write(argument, &p, sizeof(p)))
		return REASON(-EFAULT, "the answer cannot be written");
	return 0;
}

static const struct {
	unsigned int request;
	long (*handle)(struct stce_vm *vm, void *argument);
} ioctls[] = {
	{ KVM_CHECK_EXTENSION, check_extension },
	{ KVM_CREATE_SPAPR_TCE, create_spapr_tce },
	{ KVM_CREATE_SPAPR_TCE_64, create_spapr_tce_64 },
	{ KVM_SET_USER_MEMORY_REGION, set_user_memory_region },
	{ KVM_SET_USER_MEMORY_REGION2, set_user_memory_region },
	{ KVM_CREATE_DEVICE, create_device },
	{ KVM_ENABLE_CAP, enable_cap },
	{ STCE_KVM_HCALL, hcall },
};

long stce_vm_ioctl(struct stce_vm *vm, unsigned long request, void *argument)
{
	unsigned int count = reason_count();

	for (unsigned int i = 0; i < ARRAY_COUNT(ioctls); i++)
		if (ioctls[i].request == (unsigned int)request)
			return REASON_END(count, ioctls[i].handle(vm, argument));
	return STCE_NOT_OURS;
}
