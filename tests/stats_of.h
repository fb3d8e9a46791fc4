/* SPDX-License-Identifier: BSD-2-Clause */
/* Returns the counters of a machine as a value, for comparisons. */
#ifndef STCE_TESTS_STATS_OF_H
#define STCE_TESTS_STATS_OF_H

#include "spapr-tce/machine.h"

static inline struct stce_stats stats_of(const struct stce_machine *machine)
{
	struct stce_stats stats;

	stce_machine_stats(machine, &stats, sizeof(stats));
	return stats;
}

#endif
