/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a VM, counts its references, and frees it with the last one: then it releases what closed
 * devices have left.
 */
#include "kvm/vm.h"

#include <errno.h>

#include "util/alloc.h"
#include "util/reason.h"

int kvm_vm_new(struct host_phb *phb, struct mem_registry *registry, struct mem_ledger *ledger,
	       struct kvm_vm **out)
{
	struct kvm_vm *vm = ALLOC(struct kvm_vm);
	int r = -ENOMEM;

	if (!vm)
		return -ENOMEM;
	vm->phb = phb;
	vm->registry = registry;
	vm->ledger = ledger;
	vm->stats = phb->stats;
	atomic_init(&vm->references, 1);
	/* [linux default_hcall_list] KVM-HV starts with these two hypercalls on. */
	atomic_init(&vm->calls, 1u << KVM_HCALL_GET_TCE | 1u << KVM_HCALL_PUT_TCE);
	vm->tables = alloc_zero(KVM_BUCKET_COUNT, sizeof(vm->tables[0]));
	if (vm->tables)
		r = mem_guest_init(&vm->guest);
	if (r) {
		free(vm->tables);
		free(vm);
		return REASON(r, "no memory for a VM");
	}
	pthread_mutex_init(&vm->lock, NULL);
	*out = vm;
	return 0;
}

struct kvm_vm *kvm_vm_get(struct kvm_vm *vm)
{
	atomic_fetch_add(&vm->references, 1);
	return vm;
}

static void release_attachments(struct kvm_attachment *attachment)
{
	while (attachment) {
		struct kvm_attachment *next = attachment->next;

		attachment->release(attachment);
		attachment = next;
	}
}

void kvm_vm_put(struct kvm_vm *vm)
{
	if (atomic_fetch_sub(&vm->references, 1) != 1)
		return;
	release_attachments(vm->attachments);
	free(vm->tables);
	mem_guest_fini(&vm->guest);
	pthread_mutex_destroy(&vm->lock);
	free(vm);
}
