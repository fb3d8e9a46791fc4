/* SPDX-License-Identifier: BSD-2-Clause */
/* Computes quartiles and judges by Tukey's fences; verdict.h says how. */
#include "verdict.h"

#include <stdlib.h>

#define FENCE     1.5
#define SHARE_MIN 0.75

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct bench_spread bench_spread(double *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare);
	return (struct bench_spread){
		.low = values[count / 4],
		.median = values[count / 2],
		.high = values[count - 1 - count / 4],
		.share = 1,
	};
}

struct bench_spread bench_quotient(const struct bench_spread *a, const struct bench_spread *b)
{
	return (struct bench_spread){
		.low = a->low / b->high,
		.median = a->median / b->median,
		.high = a->high / b->low,
		.share = a->share < b->share ? a->share : b->share,
	};
}

const char *bench_judge(const struct bench_spread *spread, enum bench_wanted sort, double wanted)
{
	double fence = FENCE * (spread->high - spread->low);

	if (spread->share < SHARE_MIN || (wanted > spread->low - fence && wanted < spread->high + fence &&
					  spread->low < spread->high))
		return "unclear";
	return (sort == BENCH_AT_MOST ? spread->median <= wanted : spread->median >= wanted) ? "met" : "missed";
}
