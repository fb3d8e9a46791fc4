/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the firmware's half of a VM, counts its references, and frees it with the last one. */
#include "papr/vm.h"

#include <errno.h>

#include "util/alloc.h"
#include "util/reason.h"

int papr_vm_new(struct kvm_vm *kvm, struct papr_vm **out)
{
	struct papr_vm *vm = ALLOC(struct papr_vm);

	if (!vm)
		return REASON(-ENOMEM, "no memory for a VM");
	vm->kvm = kvm_vm_get(kvm);
	pthread_mutex_init(&vm->lock, NULL);
	atomic_init(&vm->references, 1);
	*out = vm;
	return 0;
}

struct papr_vm *papr_vm_get(struct papr_vm *vm)
{
	atomic_fetch_add(&vm->references, 1);
	return vm;
}

void papr_vm_put(struct papr_vm *vm)
{
	if (atomic_fetch_sub(&vm->references, 1) != 1)
		return;
	pthread_mutex_destroy(&vm->lock);
	kvm_vm_put(vm->kvm);
	free(vm);
}
