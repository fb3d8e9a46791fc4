/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger of one process's locked memory, which Linux keeps in locked_vm. Regions and tables are
 * charged against one limit: a fixed one, or RLIMIT_MEMLOCK at the moment of the charge, which
 * CAP_IPC_LOCK lifts. A refused charge changes nothing. What a region or table costs is left to its
 * owner.
 */
#ifndef STCE_MEM_LEDGER_H
#define STCE_MEM_LEDGER_H

#include <stdatomic.h>

#include "spapr-tce/stats.h"
#include "util/types.h"

struct mem_ledger {
	_Atomic(uint64_t) locked;    /* bytes charged now */
	uint64_t fixed_limit;        /* bytes; if 0 the kernel is asked */
	struct stats *stats;    /* borrowed */
};

void mem_ledger_init(struct mem_ledger *ledger, uint64_t fixed_limit,
		     struct stats *stats);
/* -ENOMEM: the charge would exceed the limit, and nothing is charged. */
int mem_ledger_charge(struct mem_ledger *ledger, uint64_t bytes);
/* Returns how many bytes could be charged now. */
uint64_t mem_ledger_left(const struct mem_ledger *ledger);
void mem_ledger_return(struct mem_ledger *ledger, uint64_t bytes);

#endif
