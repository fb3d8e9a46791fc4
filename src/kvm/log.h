/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dirty log records which entries of a guest table hypercalls write while the VM's state is being
 * saved: it has a bit for each KVM_LOG_PAGE entries. A table without a log costs its hypercalls one
 * look at a pointer.
 *
 *  (D1) when a call returns, the entries that it has written are marked;
 *  (D2) taking a page clears its mark first and lets the caller read the entries afterwards, so
 *       that a later write marks the page again.
 *
 * The log does not see what a program stores through its own mapping of the table.
 */
#ifndef STCE_KVM_LOG_H
#define STCE_KVM_LOG_H

#include "kvm/table.h"

#define KVM_LOG_PAGE 512u

/*
 * Start a log, in which everything is marked, of each table that has none, and end the logs of all tables. Both wait once
 * for the calls that have found the old state, however many tables there are. The caller holds kvm_vm.lock. -ENOMEM: some
 * tables have no log.
 */
int kvm_log_start_all(struct kvm_vm *vm);
void kvm_log_stop_all(struct kvm_vm *vm);
/* Ends the log of a table that no call finds any longer; the caller has waited for the calls that had found it. */
void kvm_log_fini(struct kvm_table *table);
/* Returns whether no mark has been looked for since the log was started. */
bool kvm_log_is_new(const struct kvm_table *table);
/* Finds the next marked page from *page on and clears its mark; returns false if there is none. */
bool kvm_log_take(struct kvm_table *table, uint64_t *page);
/* Returns the number of marked pages. */
uint64_t kvm_log_count(const struct kvm_table *table);

#endif
