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
	struct kvm_log *next_stopped;
	bool is_taken;               /* its reader has looked for marks */
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

/* Context of kvm_liobn_for_each() while logs are started or stopped. */
struct changing {
	struct kvm_log *stopped;
	bool has_started;
	int error;
};

static void start_log(struct kvm_table *table, void *context)
{
	uint64_t pages = (table->size - 1) / KVM_LOG_PAGE + 1;
	struct changing *changing = context;
	struct kvm_log *log;

	if (table->log || changing->error)
		return;
	log = alloc_zero(1, sizeof(*log) + words(pages) * sizeof(log->mark[0]));
	if (!log) {
		changing->error = REASON(-ENOMEM, "no memory for a dirty log");
		return;
	}
	log->pages = pages;
	kvm_log_mark(log, 0, table->size);
	rcu_assign_pointer(table->log, log);
	changing->has_started = true;
}

/* (D1) Waits for the calls that found no log, so that who takes marks misses none of them. */
int kvm_log_start_all(struct kvm_vm *vm)
{
	struct changing changing = { 0 };

	kvm_liobn_for_each(vm, start_log, &changing);
	if (changing.has_started)
		rcu_synchronize();
	return changing.error;
}

static void stop_log(struct kvm_table *table, void *context)
{
	struct changing *changing = context;
	struct kvm_log *log = table->log;

	if (!log)
		return;
	rcu_assign_pointer(table->log, NULL);
	log->next_stopped = changing->stopped;
	changing->stopped = log;
}

void kvm_log_stop_all(struct kvm_vm *vm)
{
	struct changing changing = { 0 };

	kvm_liobn_for_each(vm, stop_log, &changing);
	if (changing.stopped)
		rcu_synchronize();
	while (changing.stopped) {
		struct kvm_log *log = changing.stopped;

		changing.stopped = log->next_stopped;
		free(log);
	}
}

void kvm_log_fini(struct kvm_table *table)
{
	free(table->log);
	table->log = NULL;
}

bool kvm_log_is_new(const struct kvm_table *table)
{
	return !table->log->is_taken;
}

bool kvm_log_take(struct kvm_table *table, uint64_t *page)
{
	struct kvm_log *log = table->log;

	log->is_taken = true;
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
