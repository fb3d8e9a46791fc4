/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A gate knows which entries of a table devices are using. A device enters with a range of indices
 * before it reads the entries, and leaves when its access is over. A writer that has just cleared
 * entries, or has found that another has cleared them, drains the range:
 *
 *  (G1) When a drain returns, no access that could have seen the old entries is in progress, and
 *       none can start.
 *
 * A writer that must not wait shuts the range before it writes, or learns that it cannot. It opens
 * the range again at once:
 *
 *  (G2) While a range is shut, no access that overlaps it is in progress, and none can start.
 *
 * A window that goes closes its gate, so that no device uses it when its entries are no longer kept up:
 *
 *  (G3) When a gate has been closed, no access is in progress, and none ever starts.
 *
 * Writers do not exclude each other: each exchanges entries and owns what it took out. A writer
 * must clear entries by tce_entry_exchange(), or call rcu_synchronize() between clearing and
 * draining. A plain load is enough to find that an entry is clear already. Entering and draining
 * take no lock, and draining while no device is inside reads one cache line. A device must not drain
 * while it is inside. tce/table.h has the entries, and tce/share.h the windows that share them.
 */
#ifndef STCE_TCE_GATE_H
#define STCE_TCE_GATE_H

#include <stdatomic.h>

#include "util/rcu_list.h"
#include "util/types.h"

#define GATE_PLACE_COUNT 8

#define GATE_SHUT_COUNT  8

typedef _Atomic(uint64_t) tce_gate_place;

struct tce_gate {
	_Alignas(CACHE_LINE_SIZE) tce_gate_place place[GATE_PLACE_COUNT];
	/*
	 * This stays set once a range has been shut. In most gates none ever is, and then a device
	 * reads none of the ranges below.
	 */
	_Alignas(CACHE_LINE_SIZE) atomic_bool is_ever_shut;
	atomic_bool is_closed;
	struct {
		_Alignas(CACHE_LINE_SIZE) _Atomic(uint64_t) range;
	} shut[GATE_SHUT_COUNT];
	struct rcu_node in_share;    /* a node in tce_share.users */
};

/* A result that means failure; it is no index of either array. */
#define GATE_FULL 8

/*
 * Returns the place, by which the device leaves. Waits while all places are taken or the range is
 * shut, so the thread must not have a place already. GATE_FULL: the gate is closed.
 */
unsigned int tce_gate_enter(struct tce_gate *gate, struct tce_index first, uint64_t count);
/* As tce_gate_enter(), but returns GATE_FULL instead of waiting. */
static inline unsigned int tce_gate_try_enter(struct tce_gate *gate, struct tce_index first, uint64_t count);
/*
 * The same in steps, for place 0 alone, which is free unless several threads are inside: after
 * claiming it, the thread is in the gate if the range is not shut, or none ever was, and must leave
 * otherwise. The count must be below GATE_COUNT_ALL, as that of entries of one part is.
 */
static inline bool tce_gate_claim_first(struct tce_gate *gate, struct tce_index first, uint64_t count);
static inline bool tce_gate_is_ever_shut(struct tce_gate *gate);
static inline bool tce_gate_is_shut(struct tce_gate *gate, struct tce_index first, uint64_t count);
static inline void tce_gate_leave(struct tce_gate *gate, unsigned int place);
static inline void tce_gate_leave_place(tce_gate_place *place);
/*
 * Shuts a range and returns the slot by which it is opened. GATE_FULL: an access overlaps the
 * range, or too many other ranges are shut. Never waits.
 */
unsigned int tce_gate_try_shut(struct tce_gate *gate, struct tce_index first, uint64_t count);
/* Does so, and calls no function if no device is inside. */
static inline unsigned int tce_gate_shut_quick(struct tce_gate *gate, struct tce_index first, uint64_t count);
static inline void tce_gate_open(struct tce_gate *gate, unsigned int slot);
/* (G3) Waits for the accesses that are in progress. A gate is never opened again. */
void tce_gate_close(struct tce_gate *gate);

/* Waits until no access that entered before this call overlaps [first, first + count). */
void tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count);

#include "tce/gate_quick.h"

#endif
