/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entries of a guest table hypercalls have written, while somebody wants
 * to know: a bit for each KVM_LOG_PAGE entries. A table without a log costs
 * its hypercalls one look at a pointer.
 *
 *  (D1) an entry that a call has written is marked when the call returns;
 *  (D2) what is taken is marked no more, and read after it was taken.
 *
 * What a program stores through its mapping of a table is not seen.
 */
#ifndef STCE_KVM_LOG_H
#define STCE_KVM_LOG_H

#include "kvm/table.h"

#define KVM_LOG_PAGE 512u

/* Begins with everything marked. -ENOMEM; -EBUSY: the table has a log. */
int kvm_log_start(struct kvm_table *table);
void kvm_log_stop(struct kvm_table *table);
/* The next marked page from *page on, its mark taken: false when there is none. */
bool kvm_log_take(struct kvm_table *table, uint64_t *page);
/* So many pages are marked. */
uint64_t kvm_log_count(const struct kvm_table *table);

#endif
