/* SPDX-License-Identifier: BSD-2-Clause */
/* The public calls on virtual machines. */
#include "spapr-tce/vm.h"

#include <errno.h>

#include "abi/papr.h"
#include "kvm/device.h"
#include "kvm/link.h"
#include "machine/machine.h"
#include "machine/vm.h"
#include "papr/hcall.h"
#include "util/guard.h"
#include "util/reason.h"

_Static_assert(STCE_H_TOO_HARD == H_TOO_HARD && STCE_H_PARAMETER == H_PARAMETER &&
	       STCE_H_P4 == H_P4, "the public codes are PAPR's");
_Static_assert(sizeof(struct papr_args) == 5 * sizeof(uint64_t), "args of stce_vm_hcall()");

/* A VM object is its own public handle. */
static struct kvm_vm *kvm(struct stce_vm *vm)
{
	return (struct kvm_vm *)vm;
}

struct kvm_vm *machine_kvm_vm(struct stce_vm *vm)
{
	return kvm(vm);
}

int stce_vm_new(struct stce_machine *machine, struct stce_vm **out)
{
	struct machine_parts *parts = machine_parts(machine);
	struct kvm_vm *vm = NULL;
	int r = parts ? guard_install() : -ENOMEM;

	if (!r)
		r = kvm_vm_new(&parts->phb, &parts->registry, &parts->ledger, &vm);
	if (r)
		return r;
	atomic_store(&vm->strict, machine->config->strict_papr);
	*out = (struct stce_vm *)vm;
	return 0;
}

void stce_vm_free(struct stce_vm *vm)
{
	if (!vm)
		return;
	atomic_store(&kvm(vm)->ownerless, true);
	kvm_table_sweep(kvm(vm));
	kvm_vm_put(kvm(vm));
}

int stce_vm_set_memory(struct stce_vm *vm, uint32_t id, uint64_t gpa, uint64_t size, void *address)
{
	struct mem_slot slot = { id, gpa, size, (uintptr_t)address };

	return mem_guest_set(&kvm(vm)->guest, &slot);
}

int stce_vm_create_table(struct stce_vm *vm, const struct stce_table *table)
{
	struct kvm_table_args args = {
		.liobn = table->liobn,
		.page_shift = table->page_shift,
		.offset = table->offset,
		.size = table->size,
	};

	return kvm_table_create(kvm(vm), &args);
}

static void share(struct kvm_table *table, void *count)
{
	*(unsigned int *)count += kvm_link_share(table);
}

unsigned int stce_vm_share_tables(struct stce_vm *vm)
{
	unsigned int count = 0;

	pthread_mutex_lock(&kvm(vm)->lock);
	kvm_liobn_for_each(kvm(vm), share, &count);
	pthread_mutex_unlock(&kvm(vm)->lock);
	return count;
}

int stce_vm_enable_hcall(struct stce_vm *vm, uint64_t nr, bool enable)
{
	return papr_hcall_enable(kvm(vm), nr, enable);
}

void stce_vm_set_strict(struct stce_vm *vm, bool strict)
{
	atomic_store(&kvm(vm)->strict, strict);
}

long stce_vm_hcall(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret)
{
	return papr_hcall(kvm(vm), nr, (const struct papr_args *)args, ret);
}

long stce_vm_hcall_real(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret)
{
	return papr_hcall_tier(kvm(vm), nr, (const struct papr_args *)args, ret, HOST_TIER_REAL);
}

long stce_vm_hcall_virtual(struct stce_vm *vm, uint64_t nr, const uint64_t *args, uint64_t *ret)
{
	return papr_hcall_tier(kvm(vm), nr, (const struct papr_args *)args, ret, HOST_TIER_VIRTUAL);
}

void stce_vm_enter_thread(void)
{
	/* A thread's first read lock registers it, and its first reason may make its variables: both allocate. */
	urcu_bp_read_lock();
	urcu_bp_read_unlock();
	(void)REASON(0, "%s", "");
}

int stce_vm_create_device(struct stce_vm *vm, uint32_t number)
{
	const struct kvm_device_kind *type = kvm_device_kind_find(number);

	if (!type)
		return REASON(-ENODEV, "no device type %u", number);
	return kvm_device_create(kvm(vm), type);
}
