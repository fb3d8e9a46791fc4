/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the vCPU by KVM-HV, in real mode and little-endian. It copies a guest of a few lines
 * to GUEST_ENTRY and leaves every hypercall to the VMM.
 */
#include "vcpu.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <spapr-tce.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUEST_ENTRY 0x10000ul
#define MSR_SF (1ul << 63)
#define MSR_ME (1ul << 12)
#define MSR_LE 1ul

const char vcpu_kind[] = "a vCPU of KVM";

/* The guest makes one call after the other, with arguments from R4 on. */
extern const char guest_begin[], guest_end[];
#define CALL(nr) "	li 3, " #nr "\n	sc 1\n"
__asm__(".section .rodata\n"
	".balign 8\n"
	".globl guest_begin, guest_end\n"
	"guest_begin:\n"
	"	lis 31, -32768\n"		/* the LIOBN, 0x80000000 */
	"	clrldi 31, 31, 32\n"
	"	lis 30, 3\n"			/* TEXT_GPA */
	"	mr 4, 31\n"			/* H_PUT_TCE(LIOBN, 0x1000, text | 3) */
	"	li 5, 0x1000\n"
	"	ori 6, 30, 3\n"
	CALL(0x20)
	"	li 4, 0x1000\n"			/* say */
	"	lis 3, 0\n	ori 3, 3, 0xf000\n	sc 1\n"
	"	mr 4, 31\n"			/* H_PUT_TCE_INDIRECT(LIOBN, 0x100000, list, 512) */
	"	lis 5, 0x10\n"
	"	lis 6, 2\n"
	"	li 7, 512\n"
	CALL(0x13c)
	"	lis 4, 0x13\n"			/* say */
	"	lis 3, 0\n	ori 3, 3, 0xf000\n	sc 1\n"
	"	mr 4, 31\n"			/* H_STUFF_TCE(LIOBN, 0x100000, 0, 512) */
	"	lis 5, 0x10\n"
	"	li 6, 0\n"
	"	li 7, 512\n"
	CALL(0x138)
	"	lis 4, 0x13\n"			/* say */
	"	lis 3, 0\n	ori 3, 3, 0xf000\n	sc 1\n"
	"	lis 3, 0\n	ori 3, 3, 0xf004\n	sc 1\n"
	"	b .\n"
	"guest_end:\n"
	".previous\n");

struct vcpu {
	int kvm, vm, fd;
	struct kvm_run *run;
	size_t run_size;
};

static int give_memory(const struct vcpu *v, void *ram)
{
	struct kvm_userspace_memory_region slot = {
		.memory_size = RAM_SIZE,
		.userspace_addr = (uintptr_t)ram,
	};

	memcpy((char *)ram + GUEST_ENTRY, guest_begin, (size_t)(guest_end - guest_begin));
	return ioctl(v->vm, KVM_SET_USER_MEMORY_REGION, &slot);
}

static int set_entry(const struct vcpu *v)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	struct kvm_regs regs;

	if (ioctl(v->fd, KVM_ENABLE_CAP, &papr) || ioctl(v->fd, KVM_GET_REGS, &regs))
		return -1;
	regs.pc = GUEST_ENTRY;
	regs.msr = MSR_SF | MSR_ME | MSR_LE;
	return ioctl(v->fd, KVM_SET_REGS, &regs);
}

struct vcpu *vcpu_new(void *ram)
{
	struct vcpu *v = calloc(1, sizeof(*v));
	int size;

	if (!v)
		return NULL;
	v->vm = v->fd = -1;
	v->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (v->kvm < 0 || (v->vm = ioctl(v->kvm, KVM_CREATE_VM, 0)) < 0 || give_memory(v, ram) ||
	    (v->fd = ioctl(v->vm, KVM_CREATE_VCPU, 0)) < 0 || set_entry(v) ||
	    (size = ioctl(v->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL)) < 0) {
		vcpu_free(v);
		return NULL;
	}
	v->run_size = (size_t)size;
	v->run = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	return v;
}

bool vcpu_run(struct vcpu *v, struct call *call)
{
	if (ioctl(v->fd, KVM_RUN, NULL) || v->run->exit_reason != KVM_EXIT_PAPR_HCALL)
		return false;
	*call = (struct call){
		.nr = v->run->papr_hcall.nr,
		.result = (uint64_t *)&v->run->papr_hcall.ret,
		.output = (uint64_t *)&v->run->papr_hcall.args[0],
	};
	memcpy(call->args, v->run->papr_hcall.args, sizeof(call->args));
	return true;
}

void vcpu_free(struct vcpu *v)
{
	if (v->run)
		munmap(v->run, v->run_size);
	close(v->fd);
	close(v->vm);
	close(v->kvm);
	free(v);
}
