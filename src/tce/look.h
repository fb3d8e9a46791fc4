/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks for equal parts of tables. A look files parts, waits once for the writers that have found
 * them unfiled, and then lets equal ones be held once. Writers note what is worth a look, such as a
 * range that was filled up to an end; the caller of the writer then runs the look outside the RCU
 * read lock, without asking what it found. Records and their guarantees are tce/part.h's.
 */
#ifndef STCE_TCE_LOOK_H
#define STCE_TCE_LOOK_H

#include "tce/table.h"

/*
 * A writer that has filled up to a multiple of so many entries, or to the end of its table, wishes
 * a look at what it has filled.
 */
#define TCE_LOOK_BITS TCE_PART_BITS_MAX

/* Looks at what was wished, and at everything if much has been opened since. Never fails. */
void tce_look_due(struct tce_parts *parts);
/* Looks at all tables. */
void tce_look_all(struct tce_parts *parts);

/* Looks if a writer has left a reason for it. The caller is outside the RCU read lock, and may wait. */
static inline void tce_look_if_due(struct tce_parts *parts)
{
	if (unlikely(tce_parts_is_due(parts)))
		tce_look_due(parts);
}

/* Wishes a look at a range that ends where a look is worth it. Takes no lock. */
void tce_look_wish(struct tce_table *table, uint64_t first, uint64_t count);

/* Returns whether a fill that ends there wishes a look. */
static inline bool tce_look_is_worth(const struct tce_table *table, uint64_t first, uint64_t count)
{
	uint64_t end = first + count;

	return unlikely(!(end & (bit64(TCE_LOOK_BITS) - 1)) || end == table->geometry.entries ||
			count >= bit64(TCE_LOOK_BITS));
}

#endif
