/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls by number, in tiers: real mode first, virtual mode where that is
 * too hard, the VMM where that is too hard as well [PAPR 14.5.4.2].
 */
#ifndef STCE_PAPR_HCALL_H
#define STCE_PAPR_HCALL_H

#include "kvm/table.h"

/* R4.. of a call. */
struct papr_args {
	uint64_t r[5];
};

/* One tier alone. H_TOO_HARD: nothing changed, the next tier up must try. */
long papr_hcall_tier(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args,
		     uint64_t *ret, enum host_tier tier);
/* The lowest tier that can finish the call, counted. H_TOO_HARD: the VMM's. */
long papr_hcall(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args, uint64_t *ret);
/* -EINVAL: not a call that is handled here. */
int papr_hcall_enable(struct kvm_vm *vm, uint64_t nr, bool enable);

/* hcall_tce.c: under the RCU read lock. SLOWER: the virtual-mode tier must wait for a share. */
long papr_h_get_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		    enum host_tier tier);
long papr_h_put_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		    enum host_tier tier);
long papr_h_stuff_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		      enum host_tier tier);
long papr_h_put_tce_indirect(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
			     enum host_tier tier);

#endif
