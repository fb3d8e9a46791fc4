/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's half of a VM owns its bridges and the tokens of its RTAS calls. The hypervisor's
 * half is struct kvm_vm, which knows nothing of this one.
 */
#ifndef STCE_PAPR_VM_H
#define STCE_PAPR_VM_H

#include "kvm/vm.h"
#include "spapr-tce/phb.h"

struct papr_bridge;

struct papr_vm {
	struct kvm_vm *kvm;                      /* a reference */
	pthread_mutex_t lock;                    /* held around every RTAS call; taken before kvm_vm.lock */
	struct papr_bridge *bridges;             /* protected by the lock */
	/* The VMM chooses these, once: those of the usual calls, of has_associate's, and of has_eeh's. */
	uint32_t rtas_tokens[STCE_RTAS_CALLS + STCE_RTAS_ASSOCIATE_CALLS + STCE_RTAS_EEH_CALLS];
	_Atomic(bool) has_rtas_tokens;
	_Atomic(bool) has_associate;             /* the guest may associate windows with further bridges */
	_Atomic(bool) has_eeh;                   /* the guest may recover PEs, and inject errors */
	uint32_t errinjct_token;                 /* of the open session; 0: none. Protected by the lock */
	uint32_t errinjct_last;                  /* the token of the last session */
	_Atomic(unsigned int) references;        /* of the owner, each bridge, each state */
};

/* Makes the firmware's half, with a reference to kvm. -ENOMEM. */
int papr_vm_new(struct kvm_vm *kvm, struct papr_vm **vm);
struct papr_vm *papr_vm_get(struct papr_vm *vm);
void papr_vm_put(struct papr_vm *vm);

#endif
