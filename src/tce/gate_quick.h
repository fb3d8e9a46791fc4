/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every access of a device does at a gate, and nearly every shut, without waiting and without a
 * call, so that its caller saves no registers. Only tce/gate.h includes this. Waiting is left to gate.c,
 * and shutting a range that is not shut at once.
 *
 * A place holds 0, or a range packed into one word: the first index and the count, which is never 0. A
 * range whose count does not fit is treated as the whole table.
 */
#ifndef STCE_TCE_GATE_QUICK_H
#define STCE_TCE_GATE_QUICK_H

#include "tce/gate.h"
#include "util/range.h"
#include "util/thread.h"

#define GATE_COUNT_BITS 19
#define GATE_COUNT_ALL  (bit64(GATE_COUNT_BITS) - 1)

/*
 * Orders a sequentially consistent exchange, or the load of an entry that another thread has
 * exchanged, before the loads that follow. On x86 the exchange is a full barrier itself, and loads
 * stay in order, so only the compiler must be kept from reordering.
 */
static inline void gate_fence_before_loads(void)
{
#if defined(__x86_64__)
	__asm__ volatile("" ::: "memory");
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* Packs a range whose count fits. */
static inline uint64_t gate_pack_some(struct tce_index first, uint64_t count)
{
	return first.value << GATE_COUNT_BITS | count;
}

static inline uint64_t gate_pack(struct tce_index first, uint64_t count)
{
	return count < GATE_COUNT_ALL ? gate_pack_some(first, count) : GATE_COUNT_ALL;
}

static inline bool gate_touches(uint64_t word, struct tce_index first, uint64_t count)
{
	uint64_t held = word & GATE_COUNT_ALL;

	if (!word)
		return false;
	return held == GATE_COUNT_ALL ||
	       ranges_overlap(word >> GATE_COUNT_BITS, held, first.value, count);
}

/*
 * Claims a place, or the slot of a shut range. Loads that follow, of entries and of other words,
 * happen after the claim.
 */
static inline bool gate_claim(_Atomic(uint64_t) *own, uint64_t word)
{
	uint64_t now = atomic_load_explicit(own, memory_order_relaxed);

	if (now || !atomic_compare_exchange_strong(own, &now, word))
		return false;
	gate_fence_before_loads();
	return true;
}

static inline bool tce_gate_is_ever_shut(struct tce_gate *gate)
{
	return unlikely(atomic_load(&gate->is_ever_shut));
}

static inline bool tce_gate_is_shut(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	if (!tce_gate_is_ever_shut(gate))
		return false;
	if (unlikely(atomic_load(&gate->is_closed)))
		return true;
	for (unsigned int i = 0; i < GATE_SHUT_COUNT; i++)
		if (unlikely(gate_touches(atomic_load(&gate->shut[i].range), first, count)))
			return true;
	return false;
}

static inline void tce_gate_leave_place(tce_gate_place *place)
{
	atomic_store_explicit(place, 0, memory_order_release);
}

static inline void tce_gate_leave(struct tce_gate *gate, unsigned int place)
{
	tce_gate_leave_place(&gate->place[place]);
}

static inline void tce_gate_open(struct tce_gate *gate, unsigned int slot)
{
	atomic_store_explicit(&gate->shut[slot].range, 0, memory_order_release);
}

/* Looks at all places at once, because mostly no device is inside. */
static inline bool gate_is_empty(struct tce_gate *gate)
{
	uint64_t any = 0;

#pragma GCC unroll 8
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		any |= atomic_load(&gate->place[i]);
	return !any;
}

/*
 * Returns whether no access is in progress, so that a writer which has cleared entries need not drain them by
 * tce_gate_drain().
 */
static inline bool tce_gate_is_drained(struct tce_gate *gate)
{
	gate_fence_before_loads();
	return likely(gate_is_empty(gate));
}

/* gate.c: opens the range again if a device is in it; shuts the range in another slot than the thread's. */
unsigned int gate_open_if_used(struct tce_gate *gate, unsigned int slot, struct tce_index first, uint64_t count);
unsigned int gate_shut_elsewhere(struct tce_gate *gate, struct tce_index first, uint64_t count);

static inline unsigned int tce_gate_shut_quick(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	/* A thread that has no number yet begins at 0, as others may. */
	unsigned int slot = thread_number_ % GATE_SHUT_COUNT;

	/* This store comes before gate_claim(), whose barrier orders it before the loads of the places. */
	if (unlikely(!atomic_load_explicit(&gate->is_ever_shut, memory_order_relaxed)))
		atomic_store(&gate->is_ever_shut, true);
	if (unlikely(!gate_claim(&gate->shut[slot].range, gate_pack(first, count))))
		return gate_shut_elsewhere(gate, first, count);
	return likely(gate_is_empty(gate)) ? slot : gate_open_if_used(gate, slot, first, count);
}

static inline bool tce_gate_claim_first(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	return gate_claim(&gate->place[0], gate_pack_some(first, count));
}

static inline unsigned int tce_gate_try_enter(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	uint64_t word = gate_pack(first, count);

	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++) {
		if (!gate_claim(&gate->place[i], word))
			continue;
		if (likely(!tce_gate_is_shut(gate, first, count)))
			return i;
		tce_gate_leave(gate, i);
		break;
	}
	return GATE_FULL;
}

#endif
