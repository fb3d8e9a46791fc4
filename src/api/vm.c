/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public calls on virtual machines. A handle holds references to both halves of a VM: tables
 * and memory slots in kvm/, hypercalls and bridges in papr/.
 */
#include "api/handles.h"

#include <errno.h>

#include "abi/papr.h"
#include "kvm/device.h"
#include "kvm/link.h"
#include "machine/machine.h"
#include "papr/hcall.h"
#include "tce/scan.h"
#include "util/alloc.h"
#include "util/guard.h"
#include "util/reason.h"

_Static_assert(STCE_H_TOO_HARD == H_TOO_HARD && STCE_H_PARAMETER == H_PARAMETER &&
	       STCE_H_P4 == H_P4, "the public codes are PAPR's");
/* abidiff sees no struct that only ioctls take. */
_Static_assert(sizeof(struct stce_kvm_hcall) == 64 && offsetof(struct stce_kvm_hcall, status) == 56, "STCE_KVM_HCALL");
_Static_assert(sizeof(struct stce_spapr_tce_iommu_linkage) == 16 &&
	       offsetof(struct stce_spapr_tce_iommu_linkage, flags) == 12, "the 2013 device's attribute");
_Static_assert(sizeof(struct papr_args) == 5 * sizeof(uint64_t), "args of stce_vm_hcall()");

int stce_vm_new(struct stce_machine *machine, struct stce_vm **out)
{
	unsigned int count = reason_count();
	struct machine_parts *parts = machine_parts(machine);
	struct stce_vm *vm = parts ? ALLOC(struct stce_vm) : NULL;
	int r = vm ? guard_install() : -ENOMEM;

	if (!r)
		r = kvm_vm_new(&parts->phb, &parts->registry, &parts->ledger, &vm->kvm);
	if (r)
		goto free_vm;
	r = papr_vm_new(vm->kvm, &vm->papr);
	if (r)
		goto put_kvm;
	atomic_store(&vm->kvm->strict, machine->config->strict_papr);
	*out = vm;
	return 0;

put_kvm:
	kvm_vm_put(vm->kvm);
free_vm:
	free(vm);
	return (int)REASON_END(count, r);
}

void stce_vm_free(struct stce_vm *vm)
{
	if (!vm)
		return;
	atomic_store(&vm->kvm->ownerless, true);
	kvm_table_sweep(vm->kvm);
	papr_vm_put(vm->papr);
	kvm_vm_put(vm->kvm);
	free(vm);
}

int stce_vm_set_memory(struct stce_vm *vm, uint32_t id, uint64_t gpa, uint64_t size, void *address)
{
	struct mem_slot slot = { id, to_gpa(gpa), size, to_vaddr((uintptr_t)address) };

	return mem_guest_set(&vm->kvm->guest, &slot);
}

int stce_vm_create_table(struct stce_vm *vm, const struct stce_table *table)
{
	unsigned int count = reason_count();
	struct kvm_table_args args = {
		.liobn = table->liobn,
		.page_shift = table->page_shift,
		.offset = table->offset,
		.size = table->size,
	};

	return (int)REASON_END(count, kvm_table_create(vm->kvm, &args));
}

static int check_bytes(const struct stce_table_bytes *table)
{
	uint64_t page;

	if (table->flags)
		return REASON(-EINVAL, "the flags %#x are unknown", table->flags);
	if (table->page_shift < KVM_PAGE_SHIFT_MIN || table->page_shift > KVM_PAGE_SHIFT_MAX)
		return REASON(-EINVAL, "a table cannot have pages of 2^%u bytes", table->page_shift);
	page = bit64(table->page_shift);
	if (!is_aligned(table->window_size | table->bus_offset, page))
		return REASON(-EINVAL, "window_size %#llx or bus_offset %#llx is not a multiple of the IOMMU page",
			      (unsigned long long)table->window_size, (unsigned long long)table->bus_offset);
	return 0;
}

int stce_vm_create_table_bytes(struct stce_vm *vm, const struct stce_table_bytes *table)
{
	int r = check_bytes(table);

	return r ? r : stce_vm_create_table(vm, &(struct stce_table){
		.liobn = table->liobn,
		.page_shift = table->page_shift,
		.offset = table->bus_offset >> table->page_shift,
		.size = table->window_size >> table->page_shift,
	});
}

static void join_windows(struct kvm_table *table, void *count)
{
	*(unsigned int *)count += kvm_link_join(table);
}

unsigned int stce_vm_share_tables(struct stce_vm *vm)
{
	unsigned int count = 0;

	pthread_mutex_lock(&vm->kvm->lock);
	kvm_liobn_for_each(vm->kvm, join_windows, &count);
	pthread_mutex_unlock(&vm->kvm->lock);
	tce_scan_all(&vm->kvm->phb->parts);
	return count;
}

int stce_vm_enable_hcall(struct stce_vm *vm, uint64_t nr, bool enable)
{
	return papr_hcall_enable(vm->kvm, nr, enable);
}

void stce_vm_set_strict(struct stce_vm *vm, bool strict)
{
	atomic_store(&vm->kvm->strict, strict);
}

long stce_vm_hcall(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret)
{
	return papr_hcall(vm->kvm, nr, (const struct papr_args *)args, ret);
}

long stce_vm_hcall_real(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret)
{
	return papr_hcall_tier(vm->kvm, nr, (const struct papr_args *)args, ret, HOST_TIER_REAL);
}

long stce_vm_hcall_virtual(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret)
{
	return papr_hcall_tier(vm->kvm, nr, (const struct papr_args *)args, ret, HOST_TIER_VIRTUAL);
}

void stce_vm_enter_thread(void)
{
	/*
	 * A thread's first read lock and its first reason may allocate, which real mode must not,
	 * so both are made here.
	 */
	rcu_read_lock();
	rcu_read_unlock();
	(void)REASON(0, "%s", "");
	guard_ask();
}

int stce_vm_create_device(struct stce_vm *vm, uint32_t number)
{
	const struct kvm_device_kind *type = kvm_device_kind_find(number);
	unsigned int count = reason_count();

	if (!type)
		return REASON(-ENODEV, "no device type %u", number);
	return (int)REASON_END(count, kvm_device_create(vm->kvm, type));
}
