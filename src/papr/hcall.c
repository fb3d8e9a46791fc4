/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the handler of a hypercall and runs it in one tier after the other. It checks that the call
 * is enabled, waits between attempts, and counts calls by tier; hcall_tce.c owns the calls.
 */
#include "papr/hcall.h"

#include <errno.h>

#include "abi/papr.h"
#include "host/share.h"
#include "tce/scan.h"
#include "util/reason.h"
#include "util/stats.h"
#include "util/trace.h"

static const struct hcall {
	size_t counter;
	long (*handle)(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		       enum host_tier tier);
} hcalls[] = {
	[KVM_HCALL_GET_TCE] = { offsetof(struct stce_stats, h_get_tce), papr_h_get_tce },
	[KVM_HCALL_PUT_TCE] = { offsetof(struct stce_stats, h_put_tce), papr_h_put_tce },
	[KVM_HCALL_STUFF_TCE] = { offsetof(struct stce_stats, h_stuff_tce), papr_h_stuff_tce },
	[KVM_HCALL_PUT_TCE_INDIRECT] = { offsetof(struct stce_stats, h_put_tce_indirect), papr_h_put_tce_indirect },
};

static const struct hcall *find_hcall(uint64_t nr)
{
	switch (nr) {
	case H_GET_TCE:
		return &hcalls[KVM_HCALL_GET_TCE];
	case H_PUT_TCE:
		return &hcalls[KVM_HCALL_PUT_TCE];
	case H_STUFF_TCE:
		return &hcalls[KVM_HCALL_STUFF_TCE];
	case H_PUT_TCE_INDIRECT:
		return &hcalls[KVM_HCALL_PUT_TCE_INDIRECT];
	}
	return NULL;
}

static uint32_t bit_of(const struct hcall *hcall)
{
	return 1u << (hcall - hcalls);
}

static bool is_enabled(const struct kvm_vm *vm, const struct hcall *hcall)
{
	return hcall && kvm_vm_has(vm, bit_of(hcall)) && likely(!kvm_vm_has(vm, KVM_CALLS_BLIND));
}

/* Gives the reason why is_enabled() is false. */
static long leave_to_vmm(const struct kvm_vm *vm, const struct hcall *hcall, uint64_t nr)
{
	if (!hcall)
		return REASON_QUICK(H_TOO_HARD, "hypercall %#llx is the VMM's", (unsigned long long)nr);
	if (kvm_vm_has(vm, KVM_CALLS_BLIND))
		return REASON_QUICK(H_TOO_HARD, "a change of the guest's memory could not be followed");
	return REASON_QUICK(H_TOO_HARD, "hypercall %#llx is not enabled", (unsigned long long)nr);
}

struct attempt {
	struct kvm_vm *vm;
	const struct hcall *hcall;
	const struct papr_args *args;
	uint64_t *ret;
	enum host_tier tier;
};

static long try_hcall(void *context)
{
	const struct attempt *a = context;

	return a->hcall->handle(a->vm, a->args, a->ret, a->tier);
}

/* The virtual-mode tier waits while a hardware table is being split or joined. */
static int await_share(void *context)
{
	const struct attempt *a = context;

	host_share_wait(a->vm->phb);
	return 0;
}

static long run_hcall(struct kvm_vm *vm, const struct hcall *hcall, const struct papr_args *args,
		      uint64_t *ret, enum host_tier tier)
{
	struct attempt attempt = { vm, hcall, args, ret, tier };
	long r = slower_retry(try_hcall, await_share, &attempt);

	/* Real mode must not wait. */
	if (tier != HOST_TIER_REAL)
		tce_scan_if_due(&vm->phb->parts);
	return r;
}

long papr_hcall_tier(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args,
		     uint64_t *ret, enum host_tier tier)
{
	const struct hcall *hcall = find_hcall(nr);

	trace_enter();
	return is_enabled(vm, hcall) ? run_hcall(vm, hcall, args, ret, tier) : leave_to_vmm(vm, hcall, nr);
}

static void count(struct kvm_vm *vm, const struct hcall *hcall, size_t tier)
{
	stats_add_both(vm->stats, hcall->counter, 1, tier, 1);
}

/* Finishes a call that real mode could not. */
static __attribute__((noinline)) long go_on_virtually(struct kvm_vm *vm, const struct hcall *hcall,
						      const struct papr_args *args, uint64_t *ret)
{
	long r = run_hcall(vm, hcall, args, ret, HOST_TIER_VIRTUAL);

	count(vm, hcall, r != H_TOO_HARD ? offsetof(struct stce_stats, hcalls_virtual) :
					   offsetof(struct stce_stats, hcalls_user));
	return r;
}

static long run_tiers(struct kvm_vm *vm, const struct hcall *hcall, const struct papr_args *args, uint64_t *ret)
{
	long r;

	rcu_read_lock();
	r = hcall->handle(vm, args, ret, HOST_TIER_REAL);
	rcu_read_unlock();
	if (unlikely(r == H_TOO_HARD))
		return go_on_virtually(vm, hcall, args, ret);
	count(vm, hcall, offsetof(struct stce_stats, hcalls_real));
	tce_scan_if_due(&vm->phb->parts);
	return r;
}

long papr_hcall_in_tiers(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args, uint64_t *ret)
{
	const struct hcall *hcall = find_hcall(nr);

	trace_enter();
	/*
	 * A closed table may have lost its last mapping since. Every call of ours has the LIOBN in
	 * its first argument.
	 */
	if (hcall)
		kvm_table_sweep_liobn(vm, args->r[0]);
	if (is_enabled(vm, hcall))
		return run_tiers(vm, hcall, args, ret);
	/* Only calls of ours count: a guest's other hypercalls are the VMM's anyway. */
	if (hcall)
		STATS_ADD(vm->stats, hcalls_user, 1);
	return leave_to_vmm(vm, hcall, nr);
}

int papr_hcall_enable(struct kvm_vm *vm, uint64_t nr, bool enable)
{
	const struct hcall *hcall = find_hcall(nr);

	if (!hcall)
		return REASON(-EINVAL, "hypercall %#llx is not handled here", (unsigned long long)nr);
	if (enable)
		atomic_fetch_or(&vm->calls, bit_of(hcall));
	else
		atomic_fetch_and(&vm->calls, ~bit_of(hcall));
	return 0;
}
