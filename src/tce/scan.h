/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scans for equal parts of tables. A scan offers parts, waits once for the writers that have found
 * them not offered, and then lets equal ones be held once. Writers note what is worth a scan, such as
 * a range that was filled up to an end; the caller of the writer then runs the scan outside the RCU
 * read lock, without asking what it found. Records and their guarantees are tce/part.h's.
 */
#ifndef STCE_TCE_SCAN_H
#define STCE_TCE_SCAN_H

#include "tce/table.h"

/*
 * A writer that has filled up to a multiple of so many entries, or to the end of its table, wishes
 * a scan of what it has filled.
 */
#define TCE_SCAN_BITS TCE_PART_BITS_MAX

/* Scans what was wished, and everything if much has been opened since. Never fails. */
void tce_scan_due(struct tce_parts *parts);
/* Scans all tables. */
void tce_scan_all(struct tce_parts *parts);

/* Scans if a writer has left a reason for it. The caller is outside the RCU read lock, and may wait. */
static inline void tce_scan_if_due(struct tce_parts *parts)
{
	if (unlikely(tce_parts_is_due(parts)))
		tce_scan_due(parts);
}

/* Wishes a scan of a range that ends where one is worth it. Takes no lock. */
void tce_scan_wish(struct tce_table *table, uint64_t first, uint64_t count);

/* Returns whether a fill that ends there wishes a scan. */
static inline bool tce_scan_is_worth(const struct tce_table *table, uint64_t first, uint64_t count)
{
	uint64_t end = first + count;

	return unlikely(!(end & (bit64(TCE_SCAN_BITS) - 1)) || end == table->geometry.entries ||
			count >= bit64(TCE_SCAN_BITS));
}

#endif
