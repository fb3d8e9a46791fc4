/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What most puts of one entry into a table that no window follows are, without a call, so that a caller
 * saves no registers. put.c does every other put, and says what is wrong with one.
 */
#ifndef STCE_KVM_PUT_QUICK_H
#define STCE_KVM_PUT_QUICK_H

#include "kvm/table.h"
#include "tce/entry.h"

/* Returns whether the page that the entry is stored in is there. */
static inline bool kvm_table_is_present(const struct kvm_table *table, struct kvm_index index)
{
	uint64_t page = index.value >> table->present_shift;

	return atomic_load_explicit(&table->present[page / 64], memory_order_acquire) & bit64(page % 64);
}

/* Returns whether the entry clears, or is well-formed and points into the first memory slot of the guest. */
static inline bool kvm_table_is_plain(struct kvm_table *table, uint64_t tce)
{
	return !tce_is_valid(tce) || (!(tce & table->page_mask & ~TCE_PERMISSIONS) &&
				      mem_guest_first_slot(&table->vm->guest, to_gpa(tce & ~table->page_mask)));
}

/*
 * Writes one entry that is in no list. false: nothing has changed, and kvm_table_put_one() must be
 * asked. The caller is inside the RCU read lock, in which a log that begins is waited for.
 */
static inline bool kvm_table_put_quick(struct kvm_table *table, struct kvm_index index, uint64_t tce)
{
	if (unlikely(rcu_dereference(table->links.first) || rcu_dereference(table->log) ||
		     !kvm_table_is_present(table, index) || !kvm_table_is_plain(table, tce)))
		return false;
	atomic_store_explicit(&table->entry[index.value], tce, memory_order_release);
	return true;
}

#endif
