/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entries of a table devices are using right now. A device enters with
 * a range of indices before it reads the entries and leaves when its access
 * is over; whoever has just cleared entries drains the range, and so knows:
 *
 *  (G1) when a drain returns, no access that could have seen the old entries
 *       is in progress, and none can start.
 *
 * Who clears does so by tce_entry_exchange(), or waits for readers in between.
 * Entering and draining take no lock; a drain of a range that nobody uses is
 * one cache line read. A device must not drain while it is inside.
 */
#ifndef STCE_TCE_GATE_H
#define STCE_TCE_GATE_H

#include <stdatomic.h>

#include "util/types.h"

#define GATE_PLACE_COUNT 8

struct tce_gate {
	_Alignas(CACHE_LINE_SIZE) _Atomic(uint64_t) place[GATE_PLACE_COUNT];
};

/* No place, and no array has it. */
#define GATE_FULL GATE_PLACE_COUNT

/* Returns the place to leave by. Waits when all places are taken: never while having one. */
unsigned int tce_gate_enter(struct tce_gate *gate, uint64_t first, uint64_t count);
/* GATE_FULL when all places are taken. */
unsigned int tce_gate_try_enter(struct tce_gate *gate, uint64_t first, uint64_t count);
void tce_gate_leave(struct tce_gate *gate, unsigned int place);

/* Whether some access overlaps the range now. Never waits. */
bool tce_gate_is_used(struct tce_gate *gate, uint64_t first, uint64_t count);

/* Waits until no access that entered before overlaps [first, first + count). */
void tce_gate_drain(struct tce_gate *gate, uint64_t first, uint64_t count);
/* The same, for threads that may make no system call: burns the CPU meanwhile. */
void tce_gate_spin(struct tce_gate *gate, uint64_t first, uint64_t count);

#endif
