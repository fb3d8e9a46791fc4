/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: virtual machines
 *
 * The hypervisor's half, for a VMM to embed: TCE tables by LIOBN, the
 * hypercalls that write them, and links that let those calls drive the
 * hardware windows of VFIO groups without any ioctl.
 *
 * A VMM makes a VM, tells it the guest's memory, makes tables and links, and
 * calls stce_vm_hcall() from its vCPU threads.
 *
 * Thread rule: any thread, but stce_vm_free() must be the last call on a VM.
 * Descriptors of its tables and devices keep what they need of it, and are to
 * be closed before the machine is freed.
 *
 * @nr: number of the hypercall, such as STCE_H_PUT_TCE.
 * @args: R4 and the following registers of the guest, five values.
 * @ret: R4 of the answer where H_GET_TCE succeeds; untouched otherwise, and may be
 *       NULL for other calls.
 */
#ifndef SPAPR_TCE_VM_H
#define SPAPR_TCE_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <spapr-tce/machine.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct stce_vm;

/** Return codes of hypercalls [PAPR]; STCE_H_TOO_HARD: the VMM must finish the call. */
#define STCE_H_SUCCESS   0
#define STCE_H_PARAMETER (-4)
#define STCE_H_P4        (-57)
#define STCE_H_TOO_HARD  9999

/** The hypercalls that stce_vm_hcall() knows. */
#define STCE_H_GET_TCE          0x1c
#define STCE_H_PUT_TCE          0x20
#define STCE_H_STUFF_TCE        0x138
#define STCE_H_PUT_TCE_INDIRECT 0x13c

/**
 * The "SPAPR TCE IOMMU" device of 2013, which was never merged: the numbers
 * are ours, out of the way of Linux's. Attribute group 0 is LINKAGE; its
 * attribute is 0 and its value a struct stce_spapr_tce_iommu_linkage. A link
 * lasts until it is unlinked or the VM is gone, also when its device has been
 * closed; as long, the group is open and keeps its container (-EBUSY).
 */
#define STCE_KVM_CAP_SPAPR_TCE_IOMMU                  0x53544345
#define STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU             0x53544345
#define STCE_KVM_DEV_SPAPR_TCE_IOMMU_ATTR_LINKAGE     0

/**
 * struct stce_spapr_tce_iommu_linkage - ties a LIOBN to a VFIO group.
 * @liobn: free in this VM (-EBUSY), or linked by this device (get, unlink).
 * @fd: of the VFIO group; -1 unlinks.
 * @flags: 0.
 */
struct stce_spapr_tce_iommu_linkage {
	uint64_t liobn;
	uint32_t fd;
	uint32_t flags;
};

/**
 * stce_vm_new() - makes a VM with no memory and no tables. H_PUT_TCE and H_GET_TCE
 * are enabled, the other two are not, as in KVM-HV. Handlers for SIGSEGV and
 * SIGBUS are installed, which pass on what is not theirs: a program that sets
 * its own later must do so too.
 *
 * Return: 0; -ENOMEM. The caller owns *vm, and frees it with stce_vm_free().
 */
int stce_vm_new(struct stce_machine *machine, struct stce_vm **vm);
/** stce_vm_free() - frees a VM; it is the owner's last call. NULL is fine. */
void stce_vm_free(struct stce_vm *vm);

/**
 * stce_vm_set_memory() - sets a slot of guest memory: slot @id now shows @size
 * bytes at @address to the guest at @gpa, whatever it showed before; 0 bytes:
 * the slot is gone. This is more than the ioctl KVM_SET_USER_MEMORY_REGION
 * does, see stce_vm_ioctl().
 * When the call returns, no hypercall uses what the slot showed before.
 *
 * Return: 0; -EINVAL not multiples of 4 KiB, or wrapping; -EEXIST overlaps
 * another slot; -ENOENT removing a slot that is not there; -ENOMEM.
 */
int stce_vm_set_memory(struct stce_vm *vm, uint32_t id, uint64_t gpa, uint64_t size,
		       void *address);

/**
 * struct stce_table - a guest table to make. Units are IOMMU pages.
 * @liobn: its name, all 64 bits.
 * @page_shift: 12 to 34. A window that follows the table may have smaller
 *	pages, and wants memory that is registered in pages at least as large as
 *	its own: on ordinary memory of 4K pages a window of 64K pages cannot
 *	follow, and the calls that would fill it answer STCE_H_TOO_HARD
 *	(stce_last_reason() says so). Huge pages behind it do, or a window of 4K
 *	pages.
 * @offset: where it starts on the bus.
 * @size: how many entries.
 */
struct stce_table {
	uint64_t liobn;
	uint32_t page_shift;
	uint64_t offset;
	uint64_t size;
};

/**
 * stce_vm_create_table() - makes a guest table (KVM_CREATE_SPAPR_TCE_64). The descriptor can be
 * mapped: host-native 64-bit entries, visible both ways at once. The table
 * lives until its last descriptor and its last mapping are gone.
 *
 * Return: a descriptor, which the caller closes with stce_close(); -EINVAL
 * size 0, shift, or an end beyond 2^64; -ENOMEM the locked-memory limit, no
 * memory, or more entries than Linux can hold; -EBUSY the LIOBN is taken;
 * -EMFILE.
 */
int stce_vm_create_table(struct stce_vm *vm, const struct stce_table *table);

/**
 * stce_vm_reset() - does what a system reset does, while no vCPU runs: every bridge of the VM as by
 * stce_phb_reset(), every other table empty, and with it the windows that follow it. A kexec
 * is none: the new kernel finds the windows of the old one.
 *
 * Return: 0; -ENOMEM: some bridge has no window, the rest is done; reset again.
 */
int stce_vm_reset(struct stce_vm *vm);

/**
 * stce_vm_share_tables() - joins tables: windows of different containers that follow one table of the VM, and
 * nothing else, use one hardware table from now on where they hold the same. With the option
 * share=on or node they do so by themselves when they are linked, which is best done before
 * anything is mapped; call this where a VMM has mapped into each of them what a table says
 * already, or after a MAP or UNMAP of one of them has made them differ for a while. A guest and a
 * container notice nothing. Hypercalls that write meanwhile wait.
 *
 * Return: how many windows have given a table up. Any thread but one inside a hypercall.
 */
unsigned int stce_vm_share_tables(struct stce_vm *vm);

/**
 * stce_vm_enable_hcall() - turns a hypercall on or off, @enable (KVM_CAP_PPC_ENABLE_HCALL).
 *
 * Return: 0; -EINVAL not one of ours.
 */
int stce_vm_enable_hcall(struct stce_vm *vm, uint64_t nr, bool enable);

/** stce_vm_set_strict() - sets whether LoPAR's own rules hold (@strict), which PowerVM enforces and Linux does not. */
void stce_vm_set_strict(struct stce_vm *vm, bool strict);

/**
 * stce_vm_hcall() - makes one hypercall, in the lowest tier that can finish it.
 *
 * Return: a PAPR code, or STCE_H_TOO_HARD: nothing has changed, and the VMM
 * must emulate the call.
 */
long stce_vm_hcall(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret);

/**
 * stce_vm_hcall_real() - makes one hypercall in the real-mode tier alone: no lock, no allocation, no
 * system call, no page fault. The thread has called stce_vm_enter_thread();
 * trace events that are on are printed all the same, by a system call.
 *
 * Return: as stce_vm_hcall(); STCE_H_TOO_HARD: try the virtual-mode tier.
 */
long stce_vm_hcall_real(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret);
/** stce_vm_hcall_virtual() - makes one hypercall in the virtual-mode tier alone. Return: as stce_vm_hcall(). */
long stce_vm_hcall_virtual(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret);

/**
 * stce_vm_enter_thread() - prepares the calling thread, once before real-mode calls, and
 * again when it has blocked SIGSEGV or SIGBUS since.
 */
void stce_vm_enter_thread(void);

/**
 * stce_vm_create_device() - makes a device (KVM_CREATE_DEVICE) of @type KVM_DEV_TYPE_VFIO or
 * STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU. The descriptor takes KVM_SET_, KVM_GET_
 * and KVM_HAS_DEVICE_ATTR through stce_ioctl().
 *
 * Return: a descriptor, which the caller closes with stce_close(); -ENODEV
 * unknown type; -EBUSY there is a VFIO device; -ENOMEM; -EMFILE.
 */
int stce_vm_create_device(struct stce_vm *vm, uint32_t type);

/**
 * struct stce_kvm_hcall - the argument of STCE_KVM_HCALL, an ioctl of a VM
 * descriptor that no Linux has: stce_vm_hcall() for programs below
 * `spapr-tce run`, whose guest no KVM of this host can run.
 * @nr: of the hypercall.
 * @args: R4.. of the guest.
 * @ret: R4 of the answer where H_GET_TCE succeeds; untouched otherwise.
 * @status: a PAPR code, or STCE_H_TOO_HARD.
 */
struct stce_kvm_hcall {
	uint64_t nr;
	uint64_t args[5];
	uint64_t ret;
	int64_t status;
};

#define STCE_KVM_HCALL _IOWR(0xae, 0xfe, struct stce_kvm_hcall)

/**
 * stce_vm_ioctl() - is ioctl(2) of a KVM VM descriptor: KVM_CREATE_SPAPR_TCE,
 * KVM_CREATE_SPAPR_TCE_64, KVM_CREATE_DEVICE of our types,
 * KVM_SET_USER_MEMORY_REGION and KVM_SET_USER_MEMORY_REGION2,
 * KVM_CHECK_EXTENSION of our capabilities, KVM_ENABLE_CAP of hypercalls,
 * STCE_KVM_HCALL (-EFAULT where the argument cannot be read or written).
 * KVM_SET_USER_MEMORY_REGION makes, moves and removes a slot as KVM does, and
 * never resizes one: another size or other memory for a slot that is there is
 * -EINVAL, and it has to be removed first.
 *
 * @request: one of these.
 * @argument: what the request takes.
 *
 * Return: as the ioctl; STCE_NOT_OURS for all others.
 */
long stce_vm_ioctl(struct stce_vm *vm, unsigned long request, void *argument);

/**
 * stce_kvm_check_extension() - tells whether the library provides @capability (KVM_CHECK_EXTENSION).
 *
 * Return: 1; STCE_NOT_OURS for all others.
 */
long stce_kvm_check_extension(unsigned long capability);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
