/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns the figures of rounds into a median, a spread, and a verdict where the spread allows one,
 * so that a busy machine makes a verdict unclear and not wrong. It owns no state.
 */
#ifndef STCE_BENCH_VERDICT_H
#define STCE_BENCH_VERDICT_H

#include <stdbool.h>

struct bench_spread {
	double low, median, high;      /* the quartiles */
	double share;                  /* share of a processor that the rounds had */
};

enum bench_wanted {
	BENCH_AT_MOST,
	BENCH_AT_LEAST,
};

/* Sorts the values and returns their quartiles, with a share of 1. */
struct bench_spread bench_spread(double *values, unsigned int count);
/*
 * Divides figures that were not taken in the same rounds; the quotient is as spread as both
 * together allow.
 */
struct bench_spread bench_quotient(const struct bench_spread *a, const struct bench_spread *b);
/*
 * Returns "met", "missed", or "unclear". It is unclear if the wanted figure would be no outlier
 * among the rounds, because it lies less than 1.5 times the distance of the quartiles outside them,
 * or if the rounds had less than three quarters of a processor.
 */
const char *bench_judge(const struct bench_spread *spread, enum bench_wanted sort, double wanted);

#endif
