/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What most puts of one entry are: into a table that no window follows, without a call, so that a caller
 * saves no registers; or into one that a window of the same pages follows. put.c does every other put,
 * and says what is wrong with one.
 */
#ifndef STCE_KVM_PUT_QUICK_H
#define STCE_KVM_PUT_QUICK_H

#include "host/update_quick.h"
#include "kvm/link.h"
#include "util/history.h"

/* Returns whether the page that the entry is stored in is there. */
static inline bool kvm_table_is_present(const struct kvm_table *table, struct kvm_index index)
{
	uint64_t page = index.value >> table->present_shift;

	return atomic_load_explicit(&table->present[page / 64], memory_order_acquire) >> page % 64 & 1;
}

/* Returns whether the entry clears, or is well-formed and points into the first memory slot of the guest. */
static inline bool kvm_table_is_plain(struct kvm_table *table, uint64_t tce)
{
	return !tce_is_valid(tce) || (!(tce & table->page_mask & ~TCE_PERMISSIONS) &&
				      mem_guest_first_slot(&table->vm->guest, to_gpa(tce & ~table->page_mask)));
}

/*
 * Writes one entry that is in no list, into a table that no window follows. false: nothing has changed.
 * The caller is inside the RCU read lock, in which a log that begins is waited for.
 */
static inline bool kvm_table_put_quick(struct kvm_table *table, struct kvm_index index, uint64_t tce)
{
	if (unlikely(rcu_dereference(table->links.first) || rcu_dereference(table->log) ||
		     !kvm_table_is_present(table, index) || !kvm_table_is_plain(table, tce)))
		return false;
	atomic_store_explicit(&table->entry[index.value], tce, memory_order_release);
	return true;
}

/* Sets *address to the program's, for an entry that is valid; false: it is not well-formed, or not in memory. */
static inline bool kvm_table_translate(struct kvm_table *table, uint64_t tce, struct vaddr *address)
{
	uint64_t mask = table->page_mask, offset;
	const struct mem_slot *slot;

	if (unlikely(tce & mask & ~TCE_PERMISSIONS))
		return false;
	slot = mem_guest_slot(&table->vm->guest, to_gpa(tce & ~mask));
	if (unlikely(!slot))
		return false;
	offset = (tce & ~mask) - slot->gpa.value;
	*address = to_vaddr(slot->address.value + offset);
	return slot->size - offset > mask;
}

/* Notes the change for a state that is being saved. */
static inline void kvm_table_log(const struct kvm_table *table, uint64_t index, uint64_t count)
{
	struct kvm_log *log = rcu_dereference(table->log);

	if (unlikely(log))
		kvm_log_mark(log, index, count);
}

/* Writes an entry into the only window; address is the program's, for one that is valid. */
static inline __attribute__((always_inline)) bool kvm_table_write_only(struct host_window *window,
								       struct kvm_index index, struct vaddr address,
								       uint64_t permissions, bool is_valid,
								       enum host_tier tier)
{
	if (unlikely(!host_update_put_quick(window, to_index(index.value), address, permissions, is_valid, tier)))
		return false;
	if (unlikely(history_is_on()))
		history_note_always(HISTORY_PUT, window, host_window_ioba(window, to_index(index.value)),
				    host_window_page_size(window), address.value | permissions);
	return true;
}

/* Does what kvm_table_put_quick() does, also if one window follows, for memory in any slot, and with a log. */
static inline __attribute__((always_inline)) bool kvm_table_put_at_once(struct kvm_table *table, struct kvm_index index,
									uint64_t tce, enum host_tier tier)
{
	struct host_window *window = rcu_dereference(table->only_window);
	uint64_t permissions = tce & TCE_PERMISSIONS;
	struct vaddr address = { 0 };

	if (unlikely((!window && rcu_dereference(table->links.first)) || !kvm_table_is_present(table, index) ||
		     (permissions && !kvm_table_translate(table, tce, &address))))
		return false;
	if (window && unlikely(!(permissions ? kvm_table_write_only(window, index, address, permissions, true, tier) :
					       kvm_table_write_only(window, index, address, 0, false, tier))))
		return false;
	atomic_store_explicit(&table->entry[index.value], tce, memory_order_release);
	kvm_table_log(table, index.value, 1);
	return true;
}

#endif
