/* SPDX-License-Identifier: BSD-2-Clause */
/* From LIOBN to table: all 64 bits count, and finding takes no lock. */
#include "kvm/table.h"

#include <errno.h>

#include "util/reason.h"

/* LIOBNs differ in few bits: spread them over the word [Knuth's multiplier]. */
static unsigned long hash(uint64_t liobn)
{
	return (unsigned long)((liobn * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static int has_liobn(struct cds_lfht_node *node, const void *key)
{
	return container_of(node, struct kvm_table, node)->liobn == *(const uint64_t *)key;
}

struct kvm_table *kvm_liobn_find(struct kvm_vm *vm, uint64_t liobn)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	cds_lfht_lookup(vm->tables, hash(liobn), has_liobn, &liobn, &iter);
	node = cds_lfht_iter_get_node(&iter);
	return node ? container_of(node, struct kvm_table, node) : NULL;
}

int kvm_liobn_add(struct kvm_vm *vm, struct kvm_table *table)
{
	struct cds_lfht_node *there;

	cds_lfht_node_init(&table->node);
	urcu_bp_read_lock();
	there = cds_lfht_add_unique(vm->tables, hash(table->liobn), has_liobn, &table->liobn,
				    &table->node);
	urcu_bp_read_unlock();
	if (there != &table->node)
		return REASON(-EBUSY, "LIOBN %#llx is taken", (unsigned long long)table->liobn);
	return 0;
}

void kvm_liobn_remove(struct kvm_vm *vm, struct kvm_table *table)
{
	urcu_bp_read_lock();
	cds_lfht_del(vm->tables, &table->node);
	urcu_bp_read_unlock();
	urcu_bp_synchronize_rcu();
}

void kvm_liobn_for_each(struct kvm_vm *vm, void (*fn)(struct kvm_table *table, void *context),
			void *context)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	/* The lock keeps the tables; fn may wait for readers, so it is not one. */
	urcu_bp_read_lock();
	cds_lfht_first(vm->tables, &iter);
	while ((node = cds_lfht_iter_get_node(&iter))) {
		cds_lfht_next(vm->tables, &iter);
		urcu_bp_read_unlock();
		fn(container_of(node, struct kvm_table, node), context);
		urcu_bp_read_lock();
	}
	urcu_bp_read_unlock();
}
