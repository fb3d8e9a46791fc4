/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entries of a table devices are using right now. A device enters with
 * a range of indices before it reads the entries and leaves when its access
 * is over; a writer that has just cleared entries drains the range, and so knows:
 *
 *  (G1) when a drain returns, no access that could have seen the old entries
 *       is in progress, and none can start.
 *
 * A writer that may not wait shuts the range before it writes instead, or
 * learns that it cannot, and opens it again at once:
 *
 *  (G2) while a range is shut, no access that overlaps it is in progress, and
 *       none can start.
 *
 * Writers do not exclude each other: each exchanges the entries, and owns what it took out.
 * Who clears does so by tce_entry_exchange(), or waits for readers in between.
 * Entering and draining take no lock; a drain of a range that nobody uses is
 * one cache line read. A device must not drain while it is inside.
 */
#ifndef STCE_TCE_GATE_H
#define STCE_TCE_GATE_H

#include <stdatomic.h>

#include "util/rcu_list.h"
#include "util/types.h"

#define GATE_PLACE_COUNT 8

#define GATE_SHUT_COUNT  8

struct tce_gate {
	_Alignas(CACHE_LINE_SIZE) _Atomic(uint64_t) place[GATE_PLACE_COUNT];
	/* Once a range has been shut, this stays set. Most gates never are, and devices then read one line only. */
	_Alignas(CACHE_LINE_SIZE) atomic_bool is_ever_shut;
	struct {
		_Alignas(CACHE_LINE_SIZE) _Atomic(uint64_t) range;
	} shut[GATE_SHUT_COUNT];
	struct rcu_node in_share;    /* the list of users; see tce/share.h */
};

/* No place, and no array has it. */
#define GATE_FULL 8

/* Returns the place to leave by. Waits while all places are taken or the range is shut: never while having one. */
unsigned int tce_gate_enter(struct tce_gate *gate, struct tce_index first, uint64_t count);
/* GATE_FULL when all places are taken, or the range is shut. */
unsigned int tce_gate_try_enter(struct tce_gate *gate, struct tce_index first, uint64_t count);
void tce_gate_leave(struct tce_gate *gate, unsigned int place);
/* Returns what to open it by; GATE_FULL when an access overlaps the range, or too many others are shut. Never waits. */
unsigned int tce_gate_try_shut(struct tce_gate *gate, struct tce_index first, uint64_t count);
void tce_gate_open(struct tce_gate *gate, unsigned int place);

/* Waits until no access that entered before overlaps [first, first + count). */
void tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count);

#endif
