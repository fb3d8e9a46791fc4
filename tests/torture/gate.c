/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of tce/gate.h. */
#include "torture.h"

#include "tce/gate.h"
#include "util/os.h"

#define CELLS 8

/*
 * Cells stand for pages. An entry says whether a cell may be used; a cell is poisoned after the
 * drain.
 */
struct cells {
	struct tce_gate gate;
	_Atomic(uint64_t) entry[CELLS];
	_Atomic(uint64_t) memory[CELLS];
	_Atomic(uint64_t) shut;       /* how often a range was shut */
};

static void use_entries(struct torture_thread *self)
{
	struct cells *c = self->context;

	while (torture_goes_on()) {
		uint64_t first = torture_below(self, CELLS);
		uint64_t count = 1 + torture_below(self, CELLS - (uint32_t)first);
		unsigned int place = tce_gate_enter(&c->gate, to_index(first), count);

		for (uint64_t i = first; i < first + count; i++) {
			if (!atomic_load_explicit(&c->entry[i], memory_order_acquire))
				continue;
			if (torture_chance(self, 64))
				os_yield();
			TORTURE_CHECK(atomic_load_explicit(&c->memory[i], memory_order_relaxed) == 1);
		}
		tce_gate_leave(&c->gate, place);
	}
}

/*
 * (G2) No access is in the range and none can start, so the memory is poisoned before the entry is
 * cleared.
 */
static bool clear_shut(struct torture_thread *self, struct cells *c, uint64_t own)
{
	unsigned int place = tce_gate_try_shut(&c->gate, to_index(own), 1);

	if (place == GATE_FULL)
		return false;
	atomic_store_explicit(&c->memory[own], 0, memory_order_relaxed);
	if (torture_chance(self, 8))
		os_yield();
	atomic_exchange(&c->entry[own], 0);
	tce_gate_open(&c->gate, place);
	atomic_fetch_add(&c->shut, 1);
	return true;
}

static void clear_and_poison(struct torture_thread *self)
{
	struct cells *c = self->context;
	uint64_t own = self->number;          /* each cell has one writer, which knows its poison */

	while (torture_goes_on()) {
		atomic_store(&c->memory[own], 1);
		atomic_exchange(&c->entry[own], 1);
		if (torture_chance(self, 8))
			os_yield();
		if (!torture_chance(self, 2) || !clear_shut(self, c, own)) {
			atomic_exchange(&c->entry[own], 0);
			tce_gate_drain(&c->gate, to_index(own), 1);
		}
		atomic_store_explicit(&c->memory[own], 0, memory_order_relaxed);
		if (torture_chance(self, 8))
			os_yield();
	}
}

/* (G1) */
static void g1_g2_after_a_drain_or_shut_no_access_sees_the_old_entries(void **state)
{
	static struct cells c;

	TORTURE_WANTS(c.shut);
	torture_run(&c, use_entries, 3u, clear_and_poison, 3u, NULL);
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		assert_true(atomic_load(&c.gate.place[i]) == 0);
}

/* With more users than places, users wait for a place, and each gets one. */
static void more_users_than_places_take_turns(void **state)
{
	static struct cells c;

	torture_run(&c, use_entries, 2u * GATE_PLACE_COUNT, clear_and_poison, 2u, NULL);
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		assert_true(atomic_load(&c.gate.place[i]) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(g1_g2_after_a_drain_or_shut_no_access_sees_the_old_entries),
		cmocka_unit_test(more_users_than_places_take_turns),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
