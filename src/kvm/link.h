/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link makes a window follow a guest table: each put into the table is written into the window
 * too. The groups of one container share a window, and so one link; the link lasts until its last
 * group is unlinked, the window is removed, or the table is destroyed. If the PHB's policy says so,
 * windows that follow only this table and hold the same entries are joined, so that they use one
 * hardware table (host/share.h). put.c finds the links and writes the windows.
 *
 *  (L1) After a link has been removed, no hypercall writes its window through the table.
 *  (L2) When a hypercall has cleared an entry, no device uses it by a window that followed the table,
 *       even if the window is being removed.
 */
#ifndef STCE_KVM_LINK_H
#define STCE_KVM_LINK_H

#include "kvm/table.h"
#include "util/trace.h"

/* The largest number of windows that can follow one table [DIFF-34]. */
#define KVM_LINK_MAX 32

struct kvm_link {
	struct host_window *window;
	struct trace_groups traced;     /* the groups of the PEs, for the trace */
	unsigned int item_bits;         /* log2 of the window's entries for each entry of the table */
	struct rcu_node in_table;
	/* The PHB's watch_lock protects these. */
	struct kvm_table *table;
	struct host_window_watch watch;
	struct host_pe **pe;            /* the PEs whose link this is; it goes with the last one */
	unsigned int pe_count;
};

static inline struct kvm_link *kvm_link_of(struct rcu_node *node)
{
	return container_of(node, struct kvm_link, in_table);
}

/*
 * Makes a window of the PE follow the table. -EINVAL if no window of the PE matches the table;
 * -ENOSPC if KVM_LINK_MAX windows follow it; -ENOMEM. A PE that is linked already gets 0, and
 * nothing changes [DIFF-15].
 */
int kvm_link_add(struct kvm_table *table, struct host_pe *pe);
/* These work on the window of a link, which hypercalls leave alone meanwhile. */
struct kvm_link_content {
	/* Writes the table's entries into the window; -errno. */
	int (*fill)(struct kvm_table *table, const struct kvm_link *link);
	/* Returns whether the window has the table's entries, and no others. */
	bool (*is_filled)(struct kvm_table *table, const struct kvm_link *link);
};
/*
 * Does so, and gives a window that begins to follow the table's entries. If that fails, the PE is not
 * linked, and the window may have some of them.
 */
int kvm_link_add_filled(struct kvm_table *table, struct host_pe *pe, const struct kvm_link_content *content);
/*
 * Removes the PE from the table's links. A link whose last PE this was goes. [DIFF-46] It stays, and
 * the window goes on following, if there is no memory to give the window a hardware table of its own.
 */
void kvm_link_remove(struct kvm_table *table, struct host_pe *pe);
/* Frees the links of a table that no hypercall uses any longer. */
void kvm_link_remove_all(struct kvm_table *table);
/*
 * Gives the groups whose windows follow the table, for the trace. The caller is in the RCU read lock.
 */
struct trace_scope kvm_link_scope(const struct kvm_table *table);
/* Returns whether the PE is linked to the table. */
bool kvm_link_has(struct kvm_table *table, const struct host_pe *pe);
/*
 * Calls fn for every PE of every link, under the watch_lock, until it answers other than 0; returns
 * that answer, or 0.
 */
int kvm_link_for_each(struct kvm_table *table, int (*fn)(const struct host_pe *pe, void *context),
		      void *context);
/*
 * Joins windows that follow only this table and hold the same entries by now. Returns how many
 * windows were joined.
 */
unsigned int kvm_link_join(struct kvm_table *table);

#endif
