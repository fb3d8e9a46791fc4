/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits at gates and shuts them, and says why this and gate_quick.h are right.
 *
 * A device stores its word before it loads entries, and a writer stores the entries before it loads
 * the words of the places. All of these are sequentially consistent, so at least one of the two sees
 * what the other stored. A writer that only finds an entry cleared, by another writer, loads the
 * words after the entry. A device whose word it does not find stores that word later, and so loads
 * the cleared entry too.
 *
 * A device that enters and a writer that shuts or closes each store a word of their own before they load the
 * other's, so if they meet, at least one gives way. Each shut range has a cache line of its own. The
 * search for a free one begins at the thread's number, so threads that shut at the same time seldom
 * write to the same line.
 */
#include "tce/gate.h"

#include "util/os.h"

#define SPIN_COUNT   200
#define NAP_US       20

static void pause_a_little(unsigned int turn)
{
	if (turn < SPIN_COUNT)
		__asm__ volatile("" ::: "memory");
	else if (turn < 2 * SPIN_COUNT)
		os_yield();
	else
		os_sleep_us(NAP_US);
}

static bool is_used(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		if (gate_touches(atomic_load(&gate->place[i]), first, count))
			return true;
	return false;
}

unsigned int gate_open_if_used(struct tce_gate *gate, unsigned int slot, struct tce_index first, uint64_t count)
{
	if (!is_used(gate, first, count))
		return slot;
	tce_gate_open(gate, slot);
	return GATE_FULL;
}

unsigned int gate_shut_elsewhere(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	for (unsigned int n = 1; n < GATE_SHUT_COUNT; n++) {
		unsigned int slot = (thread_number_ + n) % GATE_SHUT_COUNT;

		if (gate_claim(&gate->shut[slot].range, gate_pack(first, count)))
			return gate_open_if_used(gate, slot, first, count);
	}
	return GATE_FULL;
}

unsigned int tce_gate_try_shut(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	return tce_gate_shut_quick(gate, first, count);
}

unsigned int tce_gate_enter(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	unsigned int place;

	for (unsigned int turn = 0;; turn++) {
		place = tce_gate_try_enter(gate, first, count);
		if (likely(place != GATE_FULL) || atomic_load(&gate->is_closed))
			return place;
		pause_a_little(turn);
	}
}

/* It is apart, so that a drain which need not wait saves no registers. */
static __attribute__((noinline)) void wait_for_places(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++) {
		uint64_t word = atomic_load(&gate->place[i]);

		/*
		 * When the word changes, the access that stored it is over. One that takes the
		 * place after it loads the new entries, so it need not be waited for.
		 */
		for (unsigned int turn = 0; gate_touches(word, first, count); turn++) {
			pause_a_little(turn);
			if (atomic_load(&gate->place[i]) != word)
				break;
		}
	}
}

void tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	if (unlikely(!tce_gate_is_drained(gate)))
		wait_for_places(gate, first, count);
}

void tce_gate_close(struct tce_gate *gate)
{
	atomic_store(&gate->is_closed, true);
	atomic_store(&gate->is_ever_shut, true);
	tce_gate_drain(gate, to_index(0), UINT64_MAX);
}
