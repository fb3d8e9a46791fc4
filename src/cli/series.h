/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Samples of the counters over time. There are at most SERIES_MAX: when that many have been taken,
 * every other one is dropped and the interval doubles, so that a run of any length is covered
 * evenly.
 */
#ifndef STCE_CLI_SERIES_H
#define STCE_CLI_SERIES_H

#include <stdbool.h>

#include <spapr-tce/stats.h>

struct json_object;

#define SERIES_MAX 512

struct series {
	double interval;               /* least seconds between two samples */
	unsigned int count;
	double time[SERIES_MAX];       /* seconds since the start */
	struct stce_stats sample[SERIES_MAX];
};

/* Takes a sample if one is due or this is the last one, and returns whether it did. */
bool series_take(struct series *series, const struct stce_stats *stats, double now, bool is_last);
/* Returns the series as one object with an array for each column. The caller owns it. */
struct json_object *series_json(const struct series *series);

#endif
