/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds a VM's tables by LIOBN, of which all 64 bits count. The hash table's chains are read under
 * RCU without a lock and changed under the VM's lock. It is never resized, because a VM has few
 * tables and even ten thousand make chains of three.
 */
#include "kvm/table.h"

#include <errno.h>

#include "util/reason.h"

/* LIOBNs differ in few bits, so Knuth's multiplier spreads them over the word. */
static struct kvm_table **bucket(struct kvm_vm *vm, uint64_t liobn)
{
	return &vm->tables[(liobn * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - KVM_BUCKET_BITS)];
}

struct kvm_table *kvm_liobn_find(struct kvm_vm *vm, uint64_t liobn)
{
	struct kvm_table *table = rcu_dereference(*bucket(vm, liobn));

	while (table && table->liobn != liobn)
		table = rcu_dereference(table->next_in_bucket);
	return table;
}

int kvm_liobn_add(struct kvm_vm *vm, struct kvm_table *table)
{
	struct kvm_table **first = bucket(vm, table->liobn);

	for (const struct kvm_table *other = *first; other; other = other->next_in_bucket)
		if (other->liobn == table->liobn)
			return REASON(-EBUSY, "LIOBN %#llx is taken", (unsigned long long)table->liobn);
	table->next_in_bucket = *first;
	rcu_assign_pointer(*first, table);
	return 0;
}

void kvm_liobn_remove(struct kvm_vm *vm, struct kvm_table *table)
{
	struct kvm_table **link = bucket(vm, table->liobn);

	while (*link != table)
		link = &(*link)->next_in_bucket;
	rcu_assign_pointer(*link, table->next_in_bucket);
}

void kvm_liobn_for_each(struct kvm_vm *vm, void (*fn)(struct kvm_table *table, void *context),
			void *context)
{
	for (unsigned int i = 0; i < KVM_BUCKET_COUNT; i++)
		for (struct kvm_table *table = vm->tables[i]; table; table = table->next_in_bucket)
			fn(table, context);
}
