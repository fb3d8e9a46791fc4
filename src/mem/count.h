/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many TCEs point into a region, counted by many threads at once. While a
 * count is spread each thread adds to a number of its own, by plain stores, and
 * nobody can tell when the last goes; who wants to know folds it first, and
 * from then on all threads use one atomic number.
 *
 *  (N1) folding finds every get and put that has returned, and 0 is
 *       reached only by a count that was folded;
 *  (N2) exactly one put takes the last, and no get succeeds after it.
 *
 * Getting and putting happens under the RCU read lock, which folding waits
 * for. All else under the lock of the registry that the counts belong to.
 */
#ifndef STCE_MEM_COUNT_H
#define STCE_MEM_COUNT_H

#include <stdatomic.h>

#include "util/types.h"

/* So many regions of a registry can be spread; the others have the common number only. */
#define MEM_COUNT_COLUMNS 64

/* What all threads have counted on spread regions: by thread number, then by column. */
struct mem_counts {
	int64_t (*of_thread)[MEM_COUNT_COLUMNS];
	uint64_t columns;            /* a bit for each that is in use */
};

struct mem_count {
	_Atomic(uint64_t) common;    /* a bias more while the count is spread */
	_Atomic(bool) is_spread;
	unsigned int column;         /* MEM_COUNT_COLUMNS: none */
};

/* -ENOMEM. */
int mem_counts_init(struct mem_counts *counts);
void mem_counts_fini(struct mem_counts *counts);

/* A count of 1, spread where there is a column. */
void mem_count_init(struct mem_counts *counts, struct mem_count *count);
/* Folded, and nobody counts any more. */
void mem_count_fini(struct mem_counts *counts, struct mem_count *count);

/* n more, unless the last is gone. */
bool mem_count_get(struct mem_counts *counts, struct mem_count *count, uint64_t n);
/* n less; true for whoever took the last of a folded count. */
bool mem_count_put(struct mem_counts *counts, struct mem_count *count, uint64_t n);

/* Adds what every thread has counted to the one common number. Waits for readers. */
void mem_count_fold(struct mem_counts *counts, struct mem_count *count);
void mem_count_spread(struct mem_count *count);
/* Exact while nobody counts. */
uint64_t mem_count_value(const struct mem_counts *counts, const struct mem_count *count);

#endif
