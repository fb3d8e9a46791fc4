/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes H_GET_TCE and H_PUT_TCE at once, as most of them can be made: the VM is ready, the thread has
 * counted before, nothing is traced, and nothing is refused. These functions save no registers, because
 * everything that they call ends them. A call that is not so has changed nothing, and begins anew in
 * papr_hcall_in_tiers().
 */
#include "papr/hcall.h"

#include "abi/papr.h"
#include "kvm/put_quick.h"
#include "tce/scan.h"
#include "util/stats.h"
#include "util/trace.h"

/* Enters the read section and returns the thread's counters, or returns NULL. */
static inline struct stats_part *begin(const struct kvm_vm *vm, enum kvm_hcall call)
{
	struct stats_part *part = stats_own_part(vm->stats);

	return likely(part && !trace_is_timed && kvm_vm_is_ready(vm, call) && rcu_try_read_lock()) ? part : NULL;
}

static __attribute__((cold, noinline)) long scan(struct kvm_vm *vm)
{
	tce_scan_due(&vm->phb->parts);
	return H_SUCCESS;
}

/* Counts a call that has succeeded, after its read section. */
static inline long end(struct kvm_vm *vm, struct stats_part *part, uint64_t *counter)
{
	stats_raise(counter, 1);
	STATS_RAISE(part, hcalls_real, 1);
	return likely(!tce_parts_is_due(&vm->phb->parts)) ? H_SUCCESS : scan(vm);
}

/* Leaves the read section, in which nothing was changed. */
static __attribute__((cold, noinline)) long begin_anew(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args,
						       uint64_t *ret)
{
	rcu_read_unlock();
	return papr_hcall_in_tiers(vm, nr, args, ret);
}

/* Returns the table and sets the index of its entry, or returns NULL. */
static inline struct kvm_table *find(struct kvm_vm *vm, const struct papr_args *args, struct kvm_index *index)
{
	struct kvm_table *table = kvm_liobn_find(vm, args->r[0]);

	return likely(table && kvm_table_index(table, to_ioba(args->r[1]), index)) ? table : NULL;
}

static inline long get(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret)
{
	struct stats_part *part = begin(vm, KVM_HCALL_GET_TCE);
	struct kvm_table *table;
	struct kvm_index index;

	if (unlikely(!part))
		return papr_hcall_in_tiers(vm, H_GET_TCE, args, ret);
	table = find(vm, args, &index);
	if (unlikely(!table))
		return begin_anew(vm, H_GET_TCE, args, ret);
	*ret = kvm_table_get(table, index);
	rcu_read_unlock();
	TRACE_PROBE(spapr_iommu_get, args->r[0], args->r[1], (long)H_SUCCESS, *ret);
	return end(vm, part, &part->counters.h_get_tce);
}

/* Goes on in the read section. The window's part of the call needs registers anyway. */
static __attribute__((noinline)) long put_generally(struct kvm_vm *vm, struct kvm_table *table, struct kvm_index index,
						    const struct papr_args *args, uint64_t *ret)
{
	struct stats_part *part;

	if (unlikely(!kvm_table_put_at_once(table, index, args->r[2], HOST_TIER_REAL)))
		return begin_anew(vm, H_PUT_TCE, args, ret);
	rcu_read_unlock();
	part = stats_own_part(vm->stats);
	TRACE_PROBE(spapr_iommu_put, args->r[0], args->r[1], args->r[2], (long)H_SUCCESS);
	return end(vm, part, &part->counters.h_put_tce);
}

static inline long put(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret)
{
	struct stats_part *part = begin(vm, KVM_HCALL_PUT_TCE);
	struct kvm_table *table;
	struct kvm_index index;

	if (unlikely(!part))
		return papr_hcall_in_tiers(vm, H_PUT_TCE, args, ret);
	table = find(vm, args, &index);
	if (unlikely(!table))
		return begin_anew(vm, H_PUT_TCE, args, ret);
	if (!kvm_table_put_quick(table, index, args->r[2]))
		return put_generally(vm, table, index, args, ret);
	rcu_read_unlock();
	TRACE_PROBE(spapr_iommu_put, args->r[0], args->r[1], args->r[2], (long)H_SUCCESS);
	return end(vm, part, &part->counters.h_put_tce);
}

long papr_hcall(struct kvm_vm *vm, uint64_t nr, const struct papr_args *args, uint64_t *ret)
{
	switch (nr) {
	case H_GET_TCE:
		return get(vm, args, ret);
	case H_PUT_TCE:
		return put(vm, args, ret);
	}
	return papr_hcall_in_tiers(vm, nr, args, ret);
}
