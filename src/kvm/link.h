/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link makes a window follow a guest table. Groups of one container share a
 * window and so one link; it lasts until the last of them is unlinked, the
 * window is removed, or the table goes. Windows that follow nothing but one
 * table, and hold the same, share one hardware table where the PHB's policy
 * says so (host/share.h).
 *
 *  (L1) after unlink returns, no hypercall writes the window through the table.
 */
#ifndef STCE_KVM_LINK_H
#define STCE_KVM_LINK_H

#include "kvm/table.h"

/* More windows than this do not follow one table [DIFF-34]. */
#define KVM_LINK_MAX 32

struct kvm_link {
	struct host_window *window;
	unsigned int item_bits;         /* log2 of window entries per table entry */
	struct rcu_node in_table;
	/* Under the PHB's watch_lock. */
	struct kvm_table *table;
	struct host_window_watch watch;
	struct host_pe **pe;            /* those for whose sake it is */
	unsigned int pe_count;
};

static inline struct kvm_link *kvm_link_of(struct rcu_node *node)
{
	return container_of(node, struct kvm_link, in_table);
}

/* -EINVAL: no window of the PE matches the table; -ENOSPC; -ENOMEM. Again: 0, nothing changes [DIFF-15]. */
int kvm_link_add(struct kvm_table *table, struct host_pe *pe);
/*
 * The PE's part in any link of the table ends. [DIFF-46] without memory for a
 * table of its own, its window goes on following.
 */
void kvm_link_remove(struct kvm_table *table, struct host_pe *pe);
void kvm_link_remove_all(struct kvm_table *table);
/* The PE's windows follow the table for its sake. */
bool kvm_link_has(struct kvm_table *table, const struct host_pe *pe);
/* Calls fn for every PE of every link, under the watch_lock; what fn answers, unless it is 0, ends it. */
int kvm_link_for_each(struct kvm_table *table, int (*fn)(const struct host_pe *pe, void *context),
		      void *context);
/* Windows that have come to hold the same share from now on; returns how many more do. */
unsigned int kvm_link_join(struct kvm_table *table);

#endif
