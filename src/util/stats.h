/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing the counters of <spapr-tce/stats.h>. Everything is relaxed: a
 * counter orders nothing.
 */
#ifndef STCE_UTIL_STATS_H
#define STCE_UTIL_STATS_H

#include "spapr-tce/stats.h"
#include "util/types.h"

static inline uint64_t stats_add_(uint64_t *counter, uint64_t n)
{
	return __atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

/*
 * Raises a peak to at least now; losing a race to a higher value is fine. A
 * gauge may be below 0 for a moment, when what one thread has added is taken
 * off by another before it is counted: that is no peak.
 */
static inline void stats_peak_(uint64_t *peak, uint64_t now)
{
	uint64_t seen = __atomic_load_n(peak, __ATOMIC_RELAXED);

	while ((int64_t)seen < (int64_t)now &&
	       !__atomic_compare_exchange_n(peak, &seen, now, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

#define STATS_ADD(stats, field, n) ((void)stats_add_(&(stats)->field, (n)))
#define STATS_SUB(stats, field, n) ((void)stats_add_(&(stats)->field, -(uint64_t)(n)))
/* For a gauge with a peak beside it. */
#define STATS_GAUGE_ADD(stats, field, n) \
	stats_peak_(&(stats)->field##_peak, stats_add_(&(stats)->field, (n)))

#endif
