/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's half of a VM: its bridges, and the tokens of its RTAS calls.
 * The hypervisor's half is struct kvm_vm, which knows nothing of this one.
 */
#ifndef STCE_PAPR_VM_H
#define STCE_PAPR_VM_H

#include "kvm/vm.h"
#include "spapr-tce/phb.h"

struct papr_bridge;

struct papr_vm {
	struct kvm_vm *kvm;                      /* a reference */
	pthread_mutex_t lock;                    /* around every RTAS call; outside kvm_vm.lock */
	struct papr_bridge *bridges;             /* under it */
	uint32_t rtas_tokens[STCE_RTAS_CALLS];   /* the VMM's, fixed once has_rtas_tokens is set */
	_Atomic(bool) has_rtas_tokens;
	_Atomic(unsigned int) references;        /* the owner, each bridge, each state */
};

/* Takes a reference to the VM. -ENOMEM. */
int papr_vm_new(struct kvm_vm *kvm, struct papr_vm **vm);
struct papr_vm *papr_vm_get(struct papr_vm *vm);
void papr_vm_put(struct papr_vm *vm);

#endif
