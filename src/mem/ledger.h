/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The locked-page ledger of one process: what Linux keeps in locked_vm.
 * Regions and tables compete for one limit, RLIMIT_MEMLOCK as it stands at
 * the moment of the charge, or a fixed one; CAP_IPC_LOCK lifts the first.
 */
#ifndef STCE_MEM_LEDGER_H
#define STCE_MEM_LEDGER_H

#include <stdatomic.h>

#include "spapr-tce/stats.h"
#include "util/types.h"

struct mem_ledger {
	_Atomic(uint64_t) locked;    /* bytes charged now */
	uint64_t fixed_limit;        /* bytes, or 0: ask the kernel */
	struct stats *stats;    /* borrowed */
};

void mem_ledger_init(struct mem_ledger *ledger, uint64_t fixed_limit,
		     struct stats *stats);
/* -ENOMEM: the limit would be passed; nothing charged. */
int mem_ledger_charge(struct mem_ledger *ledger, uint64_t bytes);
/* What could be charged now. */
uint64_t mem_ledger_left(const struct mem_ledger *ledger);
void mem_ledger_return(struct mem_ledger *ledger, uint64_t bytes);

#endif
