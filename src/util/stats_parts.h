/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared by the two files that implement util/stats.h: fields by offset, the list of gauges, and
 * claiming free parts.
 */
#ifndef STCE_UTIL_STATS_PARTS_H
#define STCE_UTIL_STATS_PARTS_H

#include "util/stats.h"

/* No honest race takes so many attempts. A thread that loses more often gives up (C4). */
#define STATS_TRIES 1000

#define STATS_GAUGES 5
extern const size_t stats_gauges[STATS_GAUGES];

static inline uint64_t *stats_field(struct stce_stats *counters, size_t offset)
{
	return (uint64_t *)((char *)counters + offset);
}

/* Parts of single threads, and parts that all threads of a process have in common. */
enum stats_kind { STATS_OF_THREAD, STATS_OF_PROCESS, STATS_KINDS };

/* Claims a part that is free or whose owner has ended. NULL: all are taken. */
struct stats_part *stats_claim_free_part(struct stats *stats, enum stats_kind kind);

#endif
