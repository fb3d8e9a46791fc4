/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: virtual machines
 *
 * The hypervisor's half, for a VMM to embed: TCE tables by LIOBN, the
 * hypercalls that write them, and links by which these calls drive the
 * hardware windows of VFIO groups without any ioctl.
 *
 * A VMM makes a VM, sets the guest's memory, makes tables and links, and calls
 * stce_vm_hcall() from its vCPU threads.
 *
 * Thread rule: any thread, but stce_vm_free() must be the last call on a VM.
 * Descriptors of its tables and devices keep the parts that they need, and must
 * be closed before the machine is freed.
 *
 * @nr: number of the hypercall, such as STCE_H_PUT_TCE.
 * @args: R4 to R8 of the guest, five values.
 * @ret: receives R4 of the answer if H_GET_TCE succeeds. Other answers leave it alone, and other
 *	calls accept NULL.
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

/** Return codes of hypercalls [PAPR]. After STCE_H_TOO_HARD the VMM must finish the call. */
#define STCE_H_SUCCESS   0
#define STCE_H_PARAMETER (-4)
#define STCE_H_P4        (-57)
#define STCE_H_TOO_HARD  9999

/** The hypercalls that stce_vm_hcall() knows [PAPR 14.5.4]. */
#define STCE_H_GET_TCE          0x1c
#define STCE_H_PUT_TCE          0x20
#define STCE_H_STUFF_TCE        0x138
#define STCE_H_PUT_TCE_INDIRECT 0x13c

/**
 * The "SPAPR TCE IOMMU" device that was proposed for Linux in 2013 and never
 * merged. Its numbers are ours, and collide with none of Linux. Attribute group 0
 * is LINKAGE; its only attribute is 0, with a struct stce_spapr_tce_iommu_linkage
 * as its value. A link lasts until it is unlinked or the VM ends, even if the
 * device is closed. Until then the group is open and cannot leave its container
 * (-EBUSY).
 */
#define STCE_KVM_CAP_SPAPR_TCE_IOMMU                  0x53544345
#define STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU             0x53544345
#define STCE_KVM_DEV_SPAPR_TCE_IOMMU_ATTR_LINKAGE     0

/**
 * struct stce_spapr_tce_iommu_linkage - links a LIOBN to a VFIO group.
 * @liobn: to link, a LIOBN that is free in this VM (else -EBUSY); to get or unlink, one that
 *	this device has linked.
 * @fd: a descriptor of the VFIO group; -1 unlinks.
 * @flags: 0.
 */
struct stce_spapr_tce_iommu_linkage {
	uint64_t liobn;
	uint32_t fd;
	uint32_t flags;
};

/**
 * stce_vm_new() - makes a VM without memory and tables. H_PUT_TCE and H_GET_TCE
 * are enabled, the other two are not, as in KVM-HV. The call installs handlers for
 * SIGSEGV and SIGBUS, which pass other faults to the previous handler. A program
 * that sets its own handler later must pass faults on, too.
 *
 * Return: 0; -ENOMEM; -errno as sigaction(2) fails. The caller owns *vm, and frees it with stce_vm_free().
 */
int stce_vm_new(struct stce_machine *machine, struct stce_vm **vm);
/** stce_vm_free() - frees a VM. NULL is fine. */
void stce_vm_free(struct stce_vm *vm);

/**
 * stce_vm_set_memory() - makes, changes or removes slot @id of guest memory. From now on the
 * guest has @size bytes of the program's memory at @address at its address @gpa; 0 bytes remove
 * the slot. Unlike the ioctl KVM_SET_USER_MEMORY_REGION, see stce_vm_ioctl(), the call can
 * change the slot's size and memory. When it returns, no hypercall uses the slot's old memory.
 *
 * Return: 0; -EINVAL a range is not of whole 4 KiB pages, or wraps; -EEXIST the slot overlaps
 * another one; -ENOENT there is no such slot to remove; -ENOMEM.
 */
int stce_vm_set_memory(struct stce_vm *vm, uint32_t id, uint64_t gpa, uint64_t size,
		       void *address);

/**
 * struct stce_table - a guest table to make. Units are IOMMU pages.
 * @liobn: its LIOBN; all 64 bits count.
 * @page_shift: 12 to 34, log2 of the page's size in bytes. A window that follows the table may
 *	have smaller pages, but its memory must be registered in pages at least as large as its
 *	own. On ordinary memory of 4K pages a window of 64K pages cannot follow: the calls
 *	that would fill it answer STCE_H_TOO_HARD, and stce_last_reason() says so. A window of
 *	4K pages can follow, and so can one on huge pages.
 * @offset: bus address at which the table starts, in pages.
 * @size: number of entries.
 */
struct stce_table {
	uint64_t liobn;
	uint32_t page_shift;
	uint64_t offset;
	uint64_t size;
};

/**
 * stce_vm_create_table() - makes a guest table (KVM_CREATE_SPAPR_TCE_64). stce_mmap() maps it as
 * 64-bit entries in host byte order; stores to either side are visible to the other at once. The
 * table lives until its last descriptor is closed and its last mapping is gone.
 *
 * Return: a descriptor, which the caller closes with stce_close(); -EINVAL the size is 0, the
 * shift is out of range, or the end is beyond 2^64; -ENOMEM no memory, the limit of locked
 * memory is reached, or Linux could not hold as many entries; -EBUSY the LIOBN is taken; -EMFILE.
 */
int stce_vm_create_table(struct stce_vm *vm, const struct stce_table *table);

/**
 * struct stce_table_bytes - a guest table to make, in bytes. These fields were proposed in 2014 for
 * KVM_CREATE_SPAPR_TCE_64, which counts in pages (kvm-spapr-tce(4) has both). The order of the fields is ours.
 * @liobn: its LIOBN; all 64 bits count.
 * @window_size: length in bytes, a multiple of the IOMMU page.
 * @bus_offset: bus address of the first entry, a multiple of the IOMMU page.
 * @page_shift: 12 to 34, log2 of the page's size in bytes.
 * @flags: 0.
 */
struct stce_table_bytes {
	uint64_t liobn;
	uint64_t window_size;
	uint64_t bus_offset;
	uint32_t page_shift;
	uint32_t flags;
};

/**
 * stce_vm_create_table_bytes() - makes a guest table from sizes in bytes. All else is as in stce_vm_create_table().
 *
 * Return: a descriptor, which the caller closes with stce_close(); -EINVAL @flags are not 0, @page_shift is not 12 to
 * 34, @window_size or @bus_offset is not a multiple of the page, @window_size is 0, or the end reaches 2^64; -ENOMEM,
 * -EBUSY and -EMFILE as stce_vm_create_table().
 */
int stce_vm_create_table_bytes(struct stce_vm *vm, const struct stce_table_bytes *table);

/**
 * stce_vm_reset() - does what a system reset does, while no vCPU runs. It resets every bridge of the
 * VM like stce_phb_reset(), and empties every other table and the windows that follow it. Without
 * memory such a window may lose more: what is mapped behind its table's end, up to 8192 entries. A
 * kexec is no system reset: the new kernel finds the windows of the old one.
 *
 * Return: 0; -ENOMEM a bridge has no window, and all else is reset; reset again.
 */
int stce_vm_reset(struct stce_vm *vm);

/**
 * stce_vm_share_tables() - joins tables: windows of different containers that follow the same table of
 * the VM, and no other, share one hardware table from now on if their entries are equal. With the option
 * share=on or share=node they join by themselves when they are linked, preferably before anything
 * is mapped. Call this after a VMM has mapped into each window what the table holds, or
 * after a MAP or UNMAP has made windows differ for a while. Neither the guest nor a container
 * notices. Hypercalls that write wait meanwhile, so a thread inside a hypercall must not call this.
 *
 * Return: the number of windows that have given up their own table.
 */
unsigned int stce_vm_share_tables(struct stce_vm *vm);

/**
 * stce_vm_enable_hcall() - turns a hypercall on if @enable is true, else off (KVM_CAP_PPC_ENABLE_HCALL).
 *
 * Return: 0; -EINVAL not one of the hypercalls above.
 */
int stce_vm_enable_hcall(struct stce_vm *vm, uint64_t nr, bool enable);

/** stce_vm_set_strict() - sets whether hypercalls enforce LoPAR's rules (@strict) as PowerVM does, unlike Linux. */
void stce_vm_set_strict(struct stce_vm *vm, bool strict);

/**
 * stce_vm_hcall() - makes one hypercall, in the lowest tier that can finish it.
 *
 * Return: a PAPR code, or STCE_H_TOO_HARD: nothing has changed, and the VMM
 * must emulate the call.
 */
long stce_vm_hcall(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret);

/**
 * stce_vm_hcall_real() - makes one hypercall in the real-mode tier only: it takes no lock, and makes no
 * allocation, system call or page fault. Trace events are an exception: one that is on is printed by
 * a system call. The thread must have called stce_vm_enter_thread().
 *
 * Return: as stce_vm_hcall(); after STCE_H_TOO_HARD the caller tries the virtual-mode tier.
 */
long stce_vm_hcall_real(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret);
/** stce_vm_hcall_virtual() - makes one hypercall in the virtual-mode tier only. Return: as stce_vm_hcall(). */
long stce_vm_hcall_virtual(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret);

/**
 * stce_vm_enter_thread() - prepares the calling thread for real-mode calls. A thread calls it once before
 * them, and again after it has blocked SIGSEGV or SIGBUS.
 */
void stce_vm_enter_thread(void);

/**
 * stce_vm_create_device() - makes a device (KVM_CREATE_DEVICE) of @type KVM_DEV_TYPE_VFIO or
 * STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU. The descriptor takes KVM_SET_, KVM_GET_
 * and KVM_HAS_DEVICE_ATTR through stce_ioctl().
 *
 * Return: a descriptor, which the caller closes with stce_close(); -ENODEV
 * unknown type; -EBUSY the VM has a VFIO device already; -ENOMEM; -EMFILE.
 */
int stce_vm_create_device(struct stce_vm *vm, uint32_t type);

/**
 * struct stce_kvm_hcall - the argument of STCE_KVM_HCALL, an ioctl of VM descriptors
 * that Linux does not have. By it programs below `spapr-tce run` make
 * stce_vm_hcall() if no KVM of this host can run their guest.
 * @nr: number of the hypercall.
 * @args: R4 to R8 of the guest.
 * @ret: R4 of the answer if H_GET_TCE succeeds; other answers leave it alone.
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
 * stce_vm_ioctl() - does what ioctl(2) does on a KVM VM descriptor. It knows the requests
 * KVM_CREATE_SPAPR_TCE, KVM_CREATE_SPAPR_TCE_64, KVM_CREATE_DEVICE of our types,
 * KVM_SET_USER_MEMORY_REGION and KVM_SET_USER_MEMORY_REGION2, KVM_CHECK_EXTENSION of our
 * capabilities, KVM_ENABLE_CAP of hypercalls, and STCE_KVM_HCALL (-EFAULT if the argument
 * cannot be read or written).
 *
 * KVM_SET_USER_MEMORY_REGION makes, moves and removes a slot as KVM does. It never resizes one:
 * a different size or different memory is refused with -EINVAL until the slot is removed.
 * @request: one of these.
 * @argument: the request's argument.
 *
 * Return: as the ioctl; STCE_NOT_OURS: any other request.
 */
long stce_vm_ioctl(struct stce_vm *vm, unsigned long request, void *argument);

/**
 * stce_kvm_check_extension() - tells whether the library provides @capability (KVM_CHECK_EXTENSION).
 *
 * Return: 1; STCE_NOT_OURS: any other capability.
 */
long stce_kvm_check_extension(unsigned long capability);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
