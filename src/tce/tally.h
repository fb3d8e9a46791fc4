/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts entries that have been taken out of a table, and tells whether one range of memory has them all,
 * which is nearly always so. Finding the ranges of the others is left to the caller.
 */
#ifndef STCE_TCE_TALLY_H
#define STCE_TCE_TALLY_H

#include "util/types.h"

struct tce_tally {
	uint64_t valid;     /* how many entries are not 0 */
	uint64_t inside;    /* how many lie in the range */
};

/*
 * Counts entries of a hardware table, in which one that is not valid is 0. The range begins and ends
 * with a page; if it begins at 0, an entry of 0 lies in it.
 */
struct tce_tally tce_tally(const uint64_t *entry, unsigned int count, struct vaddr start, uint64_t length);
struct tce_tally tce_tally_scalar(const uint64_t *entry, unsigned int count, struct vaddr start, uint64_t length);

#endif
