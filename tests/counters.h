/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters for tests of parts that have no machine. */
#ifndef STCE_TESTS_COUNTERS_H
#define STCE_TESTS_COUNTERS_H

#include "util/life.h"
#include "util/stats.h"

struct counters {
	struct stats stats;
	struct life life;
	struct stats_shared shared;
};

/* All counters start at 0. */
static inline struct stats *counters_stats(struct counters *counters)
{
	if (!counters->stats.shared)
		stats_init(&counters->stats, &counters->shared, &counters->life);
	return &counters->stats;
}

#define COUNTED(counters, field) (stats_sum(&(counters)->shared, NULL).field)

#endif
