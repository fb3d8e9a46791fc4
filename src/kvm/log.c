/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps the marks as atomic words: hypercalls in any tier set them, and one reader at a time takes
 * them. A log is published and withdrawn under RCU, so that marking takes no lock.
 */
#include "kvm/log.h"

#include <errno.h>

#include "util/alloc.h"
#include "util/reason.h"

struct kvm_log {
	uint64_t pages;
	_Atomic(uint64_t) mark[];
};

static uint64_t words(uint64_t pages)
{
	return pages / 64 + 1;
}

void kvm_log_mark(struct kvm_log *log, uint64_t index, uint64_t count)
{
	uint64_t end = (index + count - 1) / KVM_LOG_PAGE + 1;

	for (uint64_t page = index / KVM_LOG_PAGE; page < end; page++)
		atomic_fetch_or(&log->mark[page / 64], bit64(page % 64));
}

/*
 * (D1) Waits for the calls that read the old pointer, so that the reader of a new log misses none
 * of them, and no call uses an old one.
 */
static void publish(struct kvm_table *table, struct kvm_log *log)
{
	rcu_assign_pointer(table->log, log);
	rcu_synchronize();
}

int kvm_log_start(struct kvm_table *table)
{
	uint64_t pages = (table->size - 1) / KVM_LOG_PAGE + 1;
	struct kvm_log *log;

	if (table->log)
		return REASON(-EBUSY, "LIOBN %#llx has a dirty log", (unsigned long long)table->liobn);
	log = alloc_zero(1, sizeof(*log) + words(pages) * sizeof(log->mark[0]));
	if (!log)
		return REASON(-ENOMEM, "no memory for a dirty log");
	log->pages = pages;
	kvm_log_mark(log, 0, table->size);
	publish(table, log);
	return 0;
}

void kvm_log_stop(struct kvm_table *table)
{
	struct kvm_log *log = table->log;

	if (!log)
		return;
	publish(table, NULL);
	free(log);
}

bool kvm_log_take(struct kvm_table *table, uint64_t *page)
{
	struct kvm_log *log = table->log;

	while (*page < log->pages) {
		uint64_t mark = atomic_load(&log->mark[*page / 64]) >> *page % 64;

		if (!mark) {
			*page = (*page / 64 + 1) * 64;
			continue;
		}
		*page += (uint64_t)__builtin_ctzll(mark);
		atomic_fetch_and(&log->mark[*page / 64], ~bit64(*page % 64));
		return true;
	}
	return false;
}

uint64_t kvm_log_count(const struct kvm_table *table)
{
	const struct kvm_log *log = table->log;
	uint64_t count = 0;

	for (uint64_t i = 0; log && i < words(log->pages); i++)
		count += (uint64_t)__builtin_popcountll(atomic_load(&log->mark[i]));
	return count;
}
