/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements ledger.h. A charge is made by compare and swap, so other threads never see a refused
 * one.
 */
#include "mem/ledger.h"

#include <errno.h>

#include "util/os.h"
#include "util/reason.h"
#include "util/stats.h"

void mem_ledger_init(struct mem_ledger *ledger, uint64_t fixed_limit,
		     struct stats *stats)
{
	*ledger = (struct mem_ledger){ .fixed_limit = fixed_limit, .stats = stats };
}

static uint64_t limit_now(const struct mem_ledger *ledger)
{
	if (ledger->fixed_limit)
		return ledger->fixed_limit;
	return os_may_lock_any() ? UINT64_MAX : os_memlock_limit();
}

int mem_ledger_charge(struct mem_ledger *ledger, uint64_t bytes)
{
	uint64_t limit = limit_now(ledger);
	uint64_t locked = atomic_load(&ledger->locked);

	do {
		if (locked > limit || bytes > limit - locked)
			return REASON(-ENOMEM,
				      "locked memory: %llu kB held, %llu kB more wanted, limit %llu kB (see --memlock)",
				      (unsigned long long)locked / 1024,
				      (unsigned long long)bytes / 1024,
				      (unsigned long long)limit / 1024);
	} while (!atomic_compare_exchange_weak(&ledger->locked, &locked, locked + bytes));
	STATS_GAUGE_ADD(ledger->stats, locked_bytes, bytes);
	return 0;
}

void mem_ledger_return(struct mem_ledger *ledger, uint64_t bytes)
{
	atomic_fetch_sub(&ledger->locked, bytes);
	STATS_GAUGE_SUB(ledger->stats, locked_bytes, bytes);
}

uint64_t mem_ledger_left(const struct mem_ledger *ledger)
{
	uint64_t limit = limit_now(ledger), locked = atomic_load(&ledger->locked);

	return limit > locked ? limit - locked : 0;
}
