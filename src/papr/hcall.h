/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs hypercalls by number, in tiers: real mode first, then virtual mode, then the VMM, each if
 * the one before could not finish [PAPR 14.5.4.2]. A tier that answers H_TOO_HARD has changed
 * nothing.
 */
#ifndef STCE_PAPR_HCALL_H
#define STCE_PAPR_HCALL_H

#include "kvm/table.h"

/* The arguments of a call, from R4 on. */
struct papr_args {
	uint64_t r[5];
};

/* Runs one tier alone. H_TOO_HARD says that nothing has changed and the next tier must try. */
long papr_hcall_tier(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args,
		     uint64_t *ret, enum host_tier tier);
/*
 * Runs the call in the lowest tier that can finish it, and counts it. H_TOO_HARD leaves it to the
 * VMM.
 */
long papr_hcall_in_tiers(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args, uint64_t *ret);
/* hcall_quick.c: does so, and calls no handler for what a guest does most. */
long papr_hcall(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args, uint64_t *ret);
/* Turns a hypercall on or off; -EINVAL if this library does not handle it. */
int papr_hcall_enable(struct kvm_vm *vm, uint64_t nr, bool enable);

/*
 * hcall_tce.c: handlers that run under the RCU read lock. SLOWER tells the virtual-mode tier to
 * wait for a share.
 */
long papr_h_get_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		    enum host_tier tier);
long papr_h_put_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		    enum host_tier tier);
long papr_h_stuff_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		      enum host_tier tier);
long papr_h_put_tce_indirect(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
			     enum host_tier tier);

#endif
