/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the four TCE hypercalls, with checks in Linux's order; the whole range is checked, as
 * kernels before 4.12 did [DIFF-2]. A strict VM answers as LoPAR says. kvm/put.c writes the
 * entries.
 */
#include "papr/hcall.h"

#include <errno.h>

#include "abi/papr.h"
#include "kvm/judge.h"
#include "kvm/link.h"
#include "util/guard.h"
#include "util/os_copy.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/trace.h"

static bool is_strict(const struct kvm_vm *vm)
{
	return atomic_load_explicit(&vm->strict, memory_order_relaxed);
}

/* If no table has the LIOBN, LoPAR blames the guest, and Linux leaves the call to the VMM. */
static long no_table(const struct kvm_vm *vm, uint64_t liobn)
{
	return REASON_QUICK(is_strict(vm) ? H_PARAMETER : H_TOO_HARD, "no table has LIOBN %#llx",
			    (unsigned long long)liobn);
}

static long outside(const struct kvm_table *table, uint64_t ioba, uint64_t count)
{
	return REASON_QUICK(H_PARAMETER, "%llu entries from bus address %#llx on are not all in LIOBN %#llx",
			    (unsigned long long)count, (unsigned long long)ioba,
			    (unsigned long long)table->liobn);
}

/* Turns an errno into the call's answer. In real mode, SLOWER leaves the call to the next tier. */
static long from_errno(int error, enum host_tier tier)
{
	if (error == SLOWER && tier != HOST_TIER_REAL)
		return SLOWER;
	return !error ? H_SUCCESS : error == -EINVAL ? H_PARAMETER : H_TOO_HARD;
}

static bool range_is_inside(const struct kvm_table *table, uint64_t ioba, uint64_t count,
			    struct kvm_index *index)
{
	return kvm_table_index(table, to_ioba(ioba), index) && count <= table->size - index->value;
}

/* These end their calls, and are apart, so that the calls save no registers for a trace that is off. */
static __attribute__((cold, noinline)) long trace_get(const struct kvm_table *table, const struct papr_args *args,
						      long r, uint64_t value)
{
	trace_print(kvm_link_scope(table), TRACE_spapr_iommu_get, args->r[0], args->r[1], r, value);
	return r;
}

static __attribute__((cold, noinline)) long trace_put(const struct kvm_table *table, const struct papr_args *args, long r)
{
	trace_print(kvm_link_scope(table), TRACE_spapr_iommu_put, args->r[0], args->r[1], args->r[2], r);
	return r;
}

long papr_h_get_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		    enum host_tier tier)
{
	uint64_t liobn = args->r[0], ioba = args->r[1];
	struct kvm_index index;
	struct kvm_table *table = kvm_liobn_find(vm, liobn);
	uint64_t value = 0;
	long r = H_SUCCESS;

	if (!table)
		return no_table(vm, liobn);
	if (kvm_table_index(table, to_ioba(ioba), &index))
		*ret = value = kvm_table_get(table, index);
	else
		r = outside(table, ioba, 1);
	TRACE_PROBE(spapr_iommu_get, liobn, ioba, r, value);
	return likely(!trace_is_on[TRACE_spapr_iommu_get]) ? r : trace_get(table, args, r, value);
}

long papr_h_put_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		    enum host_tier tier)
{
	uint64_t liobn = args->r[0], ioba = args->r[1], tce = args->r[2];
	struct kvm_index index;
	struct kvm_table *table = kvm_liobn_find(vm, liobn);
	long r;

	if (!table)
		return no_table(vm, liobn);
	if (kvm_table_index(table, to_ioba(ioba), &index))
		r = from_errno(kvm_table_put_one(table, index, tce, tier), tier);
	else
		r = outside(table, ioba, 1);
	TRACE_PROBE(spapr_iommu_put, liobn, ioba, tce, r);
	return likely(!trace_is_on[TRACE_spapr_iommu_put]) ? r : trace_put(table, args, r);
}

long papr_h_stuff_tce(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
		      enum host_tier tier)
{
	uint64_t liobn = args->r[0], ioba = args->r[1], value = args->r[2], count = args->r[3];
	struct kvm_index index;
	struct kvm_table *table = kvm_liobn_find(vm, liobn);
	long r;

	if (!table)
		return no_table(vm, liobn);
	if (is_strict(vm) && count > PAPR_TCE_LIST_COUNT)
		r = REASON_QUICK(H_P4, "%llu entries are more than a page holds", (unsigned long long)count);
	else if (!range_is_inside(table, ioba, count, &index))
		r = outside(table, ioba, count);
	else if (tce_is_valid(value))
		r = REASON_QUICK(H_PARAMETER, "TCE %#llx has permissions", (unsigned long long)value);
	else
		r = from_errno(kvm_table_stuff(table, index, value, count, tier), tier);
	TRACE_IN(kvm_link_scope(table), spapr_iommu_stuff, liobn, ioba, value, count, r);
	return r;
}

/*
 * Copies the guest's list, because the guest may rewrite it meanwhile. Real mode reads only memory
 * that was faulted in when it was registered.
 */
static int read_list(struct kvm_vm *vm, struct gpa gpa, unsigned int count, uint64_t *tce,
		     enum host_tier tier)
{
	struct iovec local = { tce, count * sizeof(*tce) }, list;
	struct vaddr address;
	uint64_t room;

	if (!mem_guest_find(&vm->guest, gpa, &address, &room))
		return REASON_QUICK(is_strict(vm) ? -EINVAL : -EOPNOTSUPP, "the list at %#llx is outside memory",
				    (unsigned long long)gpa.value);
	list = (struct iovec){ (void *)(uintptr_t)address.value, local.iov_len };
	if (tier == HOST_TIER_REAL) {
		struct mem_region *region = mem_region_of(vm->registry, address);

		if (!region || vm->registry->pin_mode == MEM_PIN_LAZY ||
		    !range_contains(region->start.value, region->length, address.value, list.iov_len) ||
		    !guard_copy(tce, list.iov_base, list.iov_len))
			return REASON_QUICK(SLOWER, "real mode cannot read a list that may fault: that at %#llx",
					    (unsigned long long)gpa.value);
	} else if (os_copy_from(&local, 1, &list, 1) != (ssize_t)local.iov_len) {
		return REASON_QUICK(-EOPNOTSUPP, "the list at %#llx cannot be read", (unsigned long long)gpa.value);
	}
	kvm_judge_load(tce, count);
	return 0;
}

static long put_list(struct kvm_vm *vm, struct kvm_table *table, struct kvm_index index, struct gpa gpa,
		     unsigned int count, enum host_tier tier)
{
	uint64_t tce[PAPR_TCE_LIST_COUNT];
	int r = read_list(vm, gpa, count, tce, tier);

	return from_errno(r ? r : kvm_table_put(table, index, tce, count, true, tier), tier);
}

long papr_h_put_tce_indirect(struct kvm_vm *vm, const struct papr_args *args, uint64_t *ret,
			     enum host_tier tier)
{
	uint64_t liobn = args->r[0], ioba = args->r[1], list = args->r[2], count = args->r[3];
	struct kvm_index index;
	struct kvm_table *table = kvm_liobn_find(vm, liobn);
	long r;

	if (!table)
		return no_table(vm, liobn);
	if (count > PAPR_TCE_LIST_COUNT)
		r = REASON_QUICK(H_PARAMETER, "%llu entries are more than a page holds", (unsigned long long)count);
	else if (!is_aligned(list, bit64(PAPR_TCE_LIST_SHIFT)))
		r = REASON_QUICK(H_PARAMETER, "the list at %#llx does not begin with a page", (unsigned long long)list);
	else if (!range_is_inside(table, ioba, count, &index))
		r = outside(table, ioba, count);
	else
		r = put_list(vm, table, index, to_gpa(list), (unsigned int)count, tier);
	TRACE_IN(kvm_link_scope(table), spapr_iommu_indirect, liobn, ioba, list, count, r);
	return r;
}
