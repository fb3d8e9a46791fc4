/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that makes the hypercalls that it is told. On POWER it runs on a real vCPU of KVM, in
 * real mode, as three instructions and a loop. Elsewhere KVM cannot run such a guest, and spapr-tce
 * takes the call by an ioctl of its own.
 */
#include "kvm.h"

struct vcpu {
	int vm, fd;
	struct kvm_run *run;
	size_t run_size;
};

#ifdef __powerpc64__

#define H_READY  0xf000UL       /* the guest has the answer in R4 and R5, and asks for the next call */
#define H_LEFT   9999           /* the answer if the call left the kernel */
#define MSR_SF   (1UL << 63)
#define MSR_ME   (1UL << 12)
#define MSR_LE   1UL

extern const char guest_begin[], guest_end[];
__asm__(".section .rodata\n"
	".balign 8\n"
	"guest_begin:\n"
	"0:	mr 5, 4\n"
	"	mr 4, 3\n"
	"	lis 3, 0\n"
	"	ori 3, 3, 0xf000\n"
	"	sc 1\n"                 /* KVM_RUN answers with the next call in R3 and the following */
	"	sc 1\n"
	"	b 0b\n"
	"guest_end:\n"
	".previous\n");

static bool enter_guest(const struct vcpu *v, int code_page)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	size_t size = (size_t)(guest_end - guest_begin);
	struct kvm_regs regs;

	memcpy(at(code_page), guest_begin, size);
	__builtin___clear_cache(at(code_page), at(code_page) + size);
	if (ioctl(v->fd, KVM_ENABLE_CAP, &papr) || ioctl(v->fd, KVM_GET_REGS, &regs))
		return false;
	regs.pc = gpa(code_page);
	regs.msr = MSR_SF | MSR_ME | MSR_LE;
	return !ioctl(v->fd, KVM_SET_REGS, &regs);
}

static void run_to_hcall(const struct vcpu *v)
{
	must(ioctl(v->fd, KVM_RUN, NULL), "KVM_RUN");
	if (v->run->exit_reason != KVM_EXIT_PAPR_HCALL) {
		printf("# the vCPU stopped for reason %u\n", v->run->exit_reason);
		exit(1);
	}
}

struct vcpu *vcpu_new(int vm_fd, int code_page)
{
	struct vcpu *v = calloc(1, sizeof(*v));
	int kvm = (int)must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");

	v->fd = (int)must(ioctl(vm_fd, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	v->run_size = (size_t)must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL), "KVM_GET_VCPU_MMAP_SIZE");
	v->run = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	must(v->run == MAP_FAILED || !enter_guest(v, code_page) ? -1 : 0, "the vCPU");
	close(kvm);
	run_to_hcall(v);
	return v;
}

void vcpu_free(struct vcpu *v)
{
	munmap(v->run, v->run_size);
	close(v->fd);
	free(v);
}

bool vcpu_call(struct vcpu *v, uint64_t nr, const uint64_t args[4], uint64_t answer[2])
{
	bool left;

	v->run->papr_hcall.ret = nr;
	memset((void *)v->run->papr_hcall.args, 0, sizeof(v->run->papr_hcall.args));
	memcpy((void *)v->run->papr_hcall.args, args, 4 * sizeof(*args));
	run_to_hcall(v);
	left = v->run->papr_hcall.nr != H_READY;
	if (left) {
		v->run->papr_hcall.ret = H_LEFT;
		run_to_hcall(v);
	}
	memcpy(answer, (const void *)v->run->papr_hcall.args, 2 * sizeof(*answer));
	return !left;
}

#else

/* [spapr-tce/vm.h] */
struct stce_kvm_hcall {
	uint64_t nr, args[5], ret;
	int64_t status;
};
#define STCE_KVM_HCALL    _IOWR(KVMIO, 0xfe, struct stce_kvm_hcall)
#define STCE_H_TOO_HARD   9999

struct vcpu *vcpu_new(int vm_fd, int code_page __attribute__((unused)))
{
	struct vcpu *v = calloc(1, sizeof(*v));

	v->vm = vm_fd;
	return v;
}

void vcpu_free(struct vcpu *v)
{
	free(v);
}

bool vcpu_call(struct vcpu *v, uint64_t nr, const uint64_t args[4], uint64_t answer[2])
{
	struct stce_kvm_hcall call = { .nr = nr, .ret = args[0] };

	memcpy(call.args, args, 4 * sizeof(*args));
	if (ioctl(v->vm, STCE_KVM_HCALL, &call))
		skip("no guest of POWER's runs here, and KVM is not spapr-tce's");
	answer[0] = (uint64_t)call.status;
	answer[1] = call.ret;
	return call.status != STCE_H_TOO_HARD;
}

#endif
