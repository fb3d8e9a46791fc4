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
 *  (B3) Offering, sharing and opening a part change no entry that a reader of a table can see.
 *  (B4) What a writer has opened stays its table's own until the writer leaves its read section.
 *  (B5) Without memory a part is not shared, or the call that must open it is refused; nothing else
 *       changes.
 *  (B6) When no slot leads to a part any longer, it is freed at the next scan or when a table goes,
 *       after its readers have left.
 *
 * A record's references are the slots that lead to it. Whoever takes away the last one, or takes
 * the part back, retires the record. Taking back, dropping and retiring take no lock, so real mode
 * can open a part that no other table holds.
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

#define TCE_WORK_MAX 256                /* so many retired records make a scan due */

/* The record of an offered part. */
struct tce_part {
	tce_entry *entry;
	_Atomic(uint64_t) references;
	atomic_bool is_settled;         /* the writers that found it not offered have left */
	bool is_listed;                 /* under the lock, as what follows */
	bool is_taken_back;             /* its entries are a slot's own again; set before it is retired */
	uint8_t bits;                   /* log2 of the entries */
	int node;                       /* NUMA node */
	uint64_t hash;
	struct tce_part *next;          /* in its chain */
	struct tce_part *next_dead;
};

/* The parts of one machine. */
struct tce_parts {
	pthread_mutex_t lock;           /* never taken inside the RCU read lock */
	struct stats *stats;            /* borrowed */
	struct tce_table *tables;       /* all tables that may share */
	struct tce_part **chain;        /* by hash; NULL before the first scan */
	uint64_t chain_count, part_count;
	_Atomic(struct tce_part *) dead;      /* retired, and not freed yet */
	_Atomic(struct tce_table *) wishes;   /* tables that want a scan */
	_Atomic(uint64_t) dead_count;   /* retired parts, without records of which the slot took the part back */
	_Atomic(uint64_t) slot_count;   /* parts that tables hold, each counted for itself */
	_Atomic(uint64_t) work;         /* retired records since the last scan of all tables */
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
 * writer of the slot has done so already. false: several slots lead to it.
 */
bool tce_part_take_back(struct tce_part *part);
/* The slot has got its own entries back: retires the record without them. */
void tce_part_retire(struct tce_parts *parts, struct tce_part *part);
/* A slot leads to the record no longer. */
void tce_part_drop(struct tce_parts *parts, struct tce_part *part);

/* The caller of these holds the lock. */
struct tce_part *tce_parts_find_equal(struct tce_parts *parts, struct tce_part *part);
/* Lists a part so that others can be found equal to it. Without memory it is not listed. */
void tce_parts_list(struct tce_parts *parts, struct tce_part *part);
/* Unlists what has been retired. After rcu_synchronize() tce_parts_free() frees what was returned. */
struct tce_part *tce_parts_unlist_dead(struct tce_parts *parts);
void tce_parts_free(struct tce_parts *parts, struct tce_part *dead);

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
