/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place holds 0, or a range packed into one word: bit 63 set, then the
 * first index, whether the range is shut, and the count. A range too long for
 * its field counts as one over the whole table. Entering stores the word
 * before it loads entries, clearing stores the entries before it loads the
 * words, both sequentially consistent: one of the two sees the other. Entering
 * and shutting store their word before they load the others', so that of two
 * that meet at least one gives way.
 */
#include "tce/gate.h"

#include "util/os.h"
#include "util/range.h"

#define TAKEN        bit64(63)
#define SHUT         bit64(18)
#define FIRST_SHIFT  19
#define COUNT_ALL    (SHUT - 1)
#define SPIN_COUNT   200
#define NAP_US       20

/*
 * Between a sequentially consistent exchange and the loads that must not come
 * before it. On x86 the exchange is a full barrier by itself.
 */
static inline void fence_after_exchange(void)
{
#if defined(__x86_64__)
	__asm__ volatile("" ::: "memory");
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

static uint64_t pack(uint64_t first, uint64_t count)
{
	if (count >= COUNT_ALL)
		return TAKEN | COUNT_ALL;
	return TAKEN | first << FIRST_SHIFT | count;
}

static bool touches(uint64_t word, uint64_t first, uint64_t count)
{
	uint64_t held = word & COUNT_ALL;

	if (!word)
		return false;
	return held == COUNT_ALL ||
	       ranges_overlap((word & ~TAKEN) >> FIRST_SHIFT, held, first, count);
}

static void pause_a_little(unsigned int turn)
{
	if (turn < SPIN_COUNT)
		__asm__ volatile("" ::: "memory");
	else if (turn < 2 * SPIN_COUNT)
		os_yield();
	else
		os_sleep_us(NAP_US);
}

static unsigned int take_place(struct tce_gate *gate, uint64_t word)
{
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++) {
		uint64_t empty = 0;

		if (atomic_load_explicit(&gate->place[i], memory_order_relaxed))
			continue;
		if (!atomic_compare_exchange_strong(&gate->place[i], &empty, word))
			continue;
		/* The entries are loaded with acquire only: no earlier than this. */
		fence_after_exchange();
		return i;
	}
	return GATE_FULL;
}

/* Whether a word of the other sort, shut or not, overlaps the range. */
static bool meets(struct tce_gate *gate, uint64_t shut, uint64_t first, uint64_t count)
{
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++) {
		uint64_t word = atomic_load(&gate->place[i]);

		if (unlikely(word && (word & SHUT) == shut && touches(word, first, count)))
			return true;
	}
	return false;
}

/* Takes a place, and gives it up again where it meets the other sort. */
static unsigned int take_place_unless(struct tce_gate *gate, uint64_t own, uint64_t other, uint64_t first,
				      uint64_t count)
{
	unsigned int place = take_place(gate, pack(first, count) | own);

	if (likely(place == GATE_FULL || !meets(gate, other, first, count)))
		return place;
	tce_gate_leave(gate, place);
	return GATE_FULL;
}

unsigned int tce_gate_try_enter(struct tce_gate *gate, uint64_t first, uint64_t count)
{
	return take_place_unless(gate, 0, SHUT, first, count);
}

unsigned int tce_gate_try_shut(struct tce_gate *gate, uint64_t first, uint64_t count)
{
	return take_place_unless(gate, SHUT, 0, first, count);
}

unsigned int tce_gate_enter(struct tce_gate *gate, uint64_t first, uint64_t count)
{
	unsigned int place;

	for (unsigned int turn = 0;; turn++) {
		place = tce_gate_try_enter(gate, first, count);
		if (likely(place != GATE_FULL))
			return place;
		pause_a_little(turn);
	}
}

void tce_gate_leave(struct tce_gate *gate, unsigned int place)
{
	atomic_store_explicit(&gate->place[place], 0, memory_order_release);
}

void tce_gate_drain(struct tce_gate *gate, uint64_t first, uint64_t count)
{
	fence_after_exchange();
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++) {
		uint64_t word = atomic_load(&gate->place[i]);

		/* A later access in the same place has seen the new entries; a range that is shut is no access. */
		for (unsigned int turn = 0; !(word & SHUT) && touches(word, first, count); turn++) {
			pause_a_little(turn);
			if (atomic_load(&gate->place[i]) != word)
				break;
		}
	}
}
