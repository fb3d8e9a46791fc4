/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rounds say: their median, how far they are spread, and whether that
 * allows a verdict. A busy machine then makes a verdict unclear, not wrong.
 */
#ifndef STCE_BENCH_VERDICT_H
#define STCE_BENCH_VERDICT_H

#include <stdbool.h>

struct bench_spread {
	double low, median, high;      /* the quartiles */
	double share;                  /* of a processor, that the rounds had */
};

enum bench_wanted {
	BENCH_AT_MOST,
	BENCH_AT_LEAST,
};

/* Sorts the values. The share is 1. */
struct bench_spread bench_spread(double *values, unsigned int count);
/* Of figures that were not taken in the same rounds: as far apart as both together allow. */
struct bench_spread bench_quotient(const struct bench_spread *a, const struct bench_spread *b);
/*
 * "met", "missed", or "unclear": the wanted figure would be no outlier among
 * the rounds (it lies less than 1.5 times the distance of the quartiles
 * outside them), or they had less than three quarters of a processor.
 */
const char *bench_judge(const struct bench_spread *spread, enum bench_wanted sort, double wanted);

#endif
