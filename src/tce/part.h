/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of tables that several tables hold together. A part is offered before it can be: then a record
 * stands for it, to which the slots of all tables that hold it lead. Offering waits for the writers
 * that have found the part not offered (tce/scan.c); a writer that finds it offered opens it first
 * (tce/table.c), by taking it back or by copying it:
 *
 *  (B1) While an offered part has a reference, its entries do not change, except that a writer which
 *       takes it back ends its only reference first.
 *  (B2) Several slots lead to one record only if all of them held the same entries.
 *  (B3) Offering, sharing and opening a part change no entry that a reader of a table can see, and a
 *       reader that has found a part by a slot sees the entries of that slot's table alone.
 *  (B4) What a writer has opened stays its table's own until the writer leaves its read section.
 *  (B5) Without memory a part is not shared, or the call that must open it is refused; nothing else
 *       changes.
 *  (B6) When no slot leads to a part any longer, it is freed at the next scan or when a table goes,
 *       after its readers have left.
 *
 * A record's references are those of the slots that lead to it, and of the slots that have left it
 * since the last scan, which are *vacated*: readers that came by such a slot may be in the part still,
 * so until they are gone no other table may take it back and change it. Taking back, leaving and retiring take no lock, so real mode can open a part
 * that no other table holds.
 */
#ifndef STCE_TCE_PART_H
#define STCE_TCE_PART_H

#include <pthread.h>
#include <stdatomic.h>

#include "tce/entry.h"
#include "util/rcu.h"

struct stats;
struct tce_table;

/* A slot for a part is a pointer to its entries or, if it is offered, to its record, with these bits. */
#define TCE_SLOT_OFFERED      UINT64_C(1)
#define TCE_SLOT_OPENED     UINT64_C(2)      /* how often it was opened, counted in three bits */
#define TCE_SLOT_OPENED_MAX (7 * TCE_SLOT_OPENED)
#define TCE_SLOT_BITS       (TCE_SLOT_OFFERED | TCE_SLOT_OPENED_MAX)

#define TCE_WORK_MAX 256                /* so many references that were vacated or taken back make a scan due */

/* The record of an offered part. */
struct tce_part {
	tce_entry *entry;
	_Atomic(uint64_t) references;
	atomic_bool is_settled;         /* the writers that found it not offered have left */
	bool is_listed;                 /* under the lock, as what follows */
	uint8_t bits;                   /* log2 of the entries */
	int node;                       /* NUMA node */
	uint64_t hash;
	struct tce_part *next;          /* in its chain */
	struct tce_part *next_retired, *next_vacated;
	_Atomic(uint64_t) vacated;      /* of its references: those of slots that have left it */
	uint64_t given_back;            /* of these: those that are given back when the readers have gone */
	struct tce_part *next_given_back;
};

/* What waits for the readers that are inside now. */
struct tce_part_waste {
	struct tce_part *retired, *given_back;
};

/* The parts of one machine. */
struct tce_parts {
	pthread_mutex_t lock;           /* never taken inside the RCU read lock */
	struct stats *stats;            /* borrowed */
	struct tce_table *tables;       /* all tables that may share */
	struct tce_part **chain;        /* by hash; NULL before the first scan */
	uint64_t chain_count, part_count;
	_Atomic(struct tce_part *) retired;   /* records of which a slot took the part back, not freed yet */
	_Atomic(struct tce_part *) vacated;   /* parts with vacated references */
	_Atomic(struct tce_table *) wishes;   /* tables that want a scan */
	_Atomic(uint64_t) vacated_count;   /* references that were vacated since the last scan */
	_Atomic(uint64_t) slot_count;   /* parts that tables hold, each counted for itself */
	_Atomic(uint64_t) work;         /* references that were vacated or taken back since the last scan of all tables */
	atomic_bool is_due;             /* a scan is wanted */
	atomic_bool is_automatic;       /* writers may want one */
};

void tce_parts_init(struct tce_parts *parts, struct stats *stats);
/* No table may be left. */
void tce_parts_fini(struct tce_parts *parts);

/* Makes a record with one reference for the entries of a part, or returns NULL. */
struct tce_part *tce_part_new(tce_entry *entry, unsigned int bits, int node);

/*
 * Ends the only reference, so that the part can become its slot's own: returns true also if another
 * writer of the slot has done so already. false: there are other references.
 */
bool tce_part_take_back(struct tce_part *part);
/* The slot has got its own entries back: retires the record without them. */
void tce_part_retire(struct tce_parts *parts, struct tce_part *part);
/* A slot leads to the record no longer. It may have readers in the part. */
void tce_part_leave(struct tce_parts *parts, struct tce_part *part);

/* The caller of these holds the lock. */

/* Gives a reference back by which no reader can be in the part. The last one frees it. */
void tce_part_put(struct tce_parts *parts, struct tce_part *part);
struct tce_part *tce_parts_find_equal(struct tce_parts *parts, struct tce_part *part);
/* Lists a part so that others can be found equal to it. Without memory it is not listed. */
void tce_parts_list(struct tce_parts *parts, struct tce_part *part);
/* Takes what waits for readers; false: nothing does. After rcu_synchronize() tce_parts_free_waste() frees it. */
bool tce_parts_take_waste(struct tce_parts *parts, struct tce_part_waste *waste);
void tce_parts_free_waste(struct tce_parts *parts, const struct tce_part_waste *waste);

/* Copies entries, of which a writer may be storing some; then the caller finds its slot changed. */
void tce_part_copy(tce_entry *to, const tce_entry *from, uint64_t count);
bool tce_part_is_empty(const struct tce_part *part);

static inline void *tce_slot_pointer(uint64_t slot)
{
	return (void *)(uintptr_t)(slot & ~TCE_SLOT_BITS);
}

/* Returns the entries of a part, or NULL if it is missing. */
static inline tce_entry *tce_slot_entries(uint64_t slot)
{
	if (unlikely(slot & TCE_SLOT_OFFERED))
		return ((const struct tce_part *)tce_slot_pointer(slot))->entry;
	return tce_slot_pointer(slot);
}

static inline bool tce_parts_is_due(const struct tce_parts *parts)
{
	return atomic_load_explicit(&parts->is_due, memory_order_relaxed);
}

#endif
