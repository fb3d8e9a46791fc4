/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes KVM's VM and its one vCPU, with radix translation, and runs it until the guest ends. A
 * kernel is entered as kexec enters it, an image as a reset does. hcall.c and pci.c serve its
 * exits.
 */
#include "minivmm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define MSR_SF   (1ull << 63)
#define MSR_ME   (1ull << 12)
#define MSR_LE   1ull

/* Bits of LPCR that say how the guest takes interrupts. */
#define LPCR_ILE (1ull << 25)     /* little-endian */
#define LPCR_AIL (3ull << 23)     /* with translation on */

/* Resources of H_SET_MODE. */
#define MODE_AIL    3
#define MODE_ENDIAN 4

/* Flags of H_REGISTER_PROC_TBL. */
#define PROC_TABLE_REGISTER 0x18
#define PROC_TABLE_RADIX    0x04
#define PROC_TABLE_GTSE     0x01
#define PROCESS_TABLE_RADIX (1ull << 63)     /* in the table's own description */

/* Handles a signal that only interrupts KVM_RUN. */
static void nothing(int signal)
{
	(void)signal;
}

void vcpu_new(struct minivmm *v)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	int size;

	v->kvm = check_errno("/dev/kvm", open("/dev/kvm", O_RDWR | O_CLOEXEC));
	v->kvm_vm = check_errno("VM of KVM-HV", ioctl(v->kvm, KVM_CREATE_VM, KVM_VM_PPC_HV));
	if (ioctl(v->kvm_vm, KVM_CHECK_EXTENSION, KVM_CAP_PPC_MMU_RADIX) != 1)
		fail("this host's KVM cannot run radix guests");
	v->vcpu = check_errno("vCPU", ioctl(v->kvm_vm, KVM_CREATE_VCPU, 0));
	check_errno("PAPR", ioctl(v->vcpu, KVM_ENABLE_CAP, &papr));
	size = check_errno("vCPU", ioctl(v->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL));
	v->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, v->vcpu, 0);
	if (v->run == MAP_FAILED)
		fail("the vCPU cannot be mapped");
	v->vcpu_thread = pthread_self();
	sigaction(SIGUSR2, &(struct sigaction){ .sa_handler = nothing }, NULL);
}

/*
 * R3 has the tree; R4 and R5 are 0, because there is no client interface. Our kernels are
 * little-endian.
 */
void vcpu_set_entry(struct minivmm *v)
{
	struct kvm_regs regs;

	check_errno("registers", ioctl(v->vcpu, KVM_GET_REGS, &regs));
	memset(regs.gpr, 0, sizeof(regs.gpr));
	regs.pc = v->boot.entry;
	regs.msr = MSR_SF | MSR_ME | (v->options.image ? 0 : MSR_LE);
	regs.gpr[3] = v->boot.tree;
	check_errno("registers", ioctl(v->vcpu, KVM_SET_REGS, &regs));
}

void vcpu_page_sizes(const struct minivmm *v, struct kvm_ppc_rmmu_info *info)
{
	check_errno("page sizes", ioctl(v->kvm_vm, KVM_PPC_GET_RMMU_INFO, info));
}

long vcpu_set_process_table(struct minivmm *v, uint64_t flags, uint64_t base, uint64_t size)
{
	struct kvm_ppc_mmuv3_cfg config = {
		.flags = KVM_PPC_MMUV3_RADIX | KVM_PPC_MMUV3_GTSE,
		.process_table = PROCESS_TABLE_RADIX | base | size,
	};

	/* The tree offers radix only. */
	if (flags != (PROC_TABLE_REGISTER | PROC_TABLE_RADIX | PROC_TABLE_GTSE) || base & 0xfff || size > 24)
		return STCE_H_PARAMETER;
	if (ioctl(v->kvm_vm, KVM_PPC_CONFIGURE_V3_MMU, &config))
		return STCE_H_PARAMETER;
	v->mmu = config;
	return STCE_H_SUCCESS;
}

static void set_lpcr(struct minivmm *v, uint64_t mask, bool is_set)
{
	uint64_t lpcr;
	struct kvm_one_reg reg = { .id = KVM_REG_PPC_LPCR_64, .addr = (uintptr_t)&lpcr };

	check_errno("LPCR", ioctl(v->vcpu, KVM_GET_ONE_REG, &reg));
	lpcr = is_set ? lpcr | mask : lpcr & ~mask;
	check_errno("LPCR", ioctl(v->vcpu, KVM_SET_ONE_REG, &reg));
}

long vcpu_set_mode(struct minivmm *v, uint64_t mode, uint64_t resource)
{
	if (resource == MODE_ENDIAN && mode <= 1) {
		set_lpcr(v, LPCR_ILE, mode);
		return STCE_H_SUCCESS;
	}
	if (resource == MODE_AIL && !mode) {
		set_lpcr(v, LPCR_AIL, false);
		return STCE_H_SUCCESS;
	}
	/* Some hosts cannot do that; a guest that is refused works without it. */
	if (resource == MODE_AIL && mode == 3 &&
	    ioctl(v->kvm_vm, KVM_CHECK_EXTENSION, KVM_CAP_PPC_AIL_MODE_3) == 1) {
		set_lpcr(v, LPCR_AIL, true);
		return STCE_H_SUCCESS;
	}
	return H_P2;
}

static void handle_exit(struct minivmm *v)
{
	struct kvm_run *run = v->run;

	switch (run->exit_reason) {
	case KVM_EXIT_PAPR_HCALL:
		run->papr_hcall.ret = (uint64_t)hcall(v, run->papr_hcall.nr, (uint64_t *)run->papr_hcall.args);
		break;
	case KVM_EXIT_MMIO:
		pci_mmio(v, run->mmio.phys_addr, run->mmio.data, run->mmio.len, run->mmio.is_write);
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		fail("the guest ended with KVM's system event %u", run->system_event.type);
	default:
		fail("the vCPU stopped with exit %u (hardware %#llx)", run->exit_reason,
		     (unsigned long long)run->hw.hardware_exit_reason);
	}
}

void vcpu_stop(struct minivmm *v)
{
	v->is_stopped = true;
	/*
	 * The signal works both in KVM_RUN and just before it; the vCPU first finishes a pending
	 * exit.
	 */
	v->run->immediate_exit = 1;
	check("signal", -pthread_kill(v->vcpu_thread, SIGUSR2));
}

void vcpu_run(struct minivmm *v)
{
	stce_vm_enter_thread();
	while (!v->is_off) {
		if (!ioctl(v->vcpu, KVM_RUN, NULL))
			handle_exit(v);
		else if (errno != EINTR)
			fail("the vCPU does not run: %s", strerror(errno));
		else if (v->is_stopped)
			return;
	}
}
