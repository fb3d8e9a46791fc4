/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of tce/gate.h, one at a time; tests/torture/gate.c has them against each other. */
#include "testing.h"

#include <pthread.h>

#include "tce/gate.h"
#include "util/os.h"

static struct tce_gate gate;
static atomic_int over;

static int start(void **state)
{
	gate = (struct tce_gate){ 0 };
	atomic_store(&over, 0);
	return 0;
}

static void *drain(void *context)
{
	tce_gate_drain(&gate, to_index(8), 4);
	atomic_store(&over, 1);
	return NULL;
}

static void *enter(void *context)
{
	tce_gate_leave(&gate, tce_gate_enter(&gate, to_index(8), 4));
	atomic_store(&over, 1);
	return NULL;
}

/*
 * Checks that the thread still waits after a while, and ends when `leave` has returned the place.
 */
static void waits_for(void *(*function)(void *), void (*leave)(struct tce_gate *, unsigned int), unsigned int place)
{
	pthread_t thread;
	int was_over;

	assert_int_equal(pthread_create(&thread, NULL, function, NULL), 0);
	os_sleep_us(20000);
	was_over = atomic_load(&over);
	leave(&gate, place);
	pthread_join(thread, NULL);
	assert_int_equal(was_over, 0);
	assert_int_equal(atomic_load(&over), 1);
}

/* (G1) */
static void g1_a_drain_waits_for_an_access_that_touches_its_range(void **state)
{
	static const struct {
		uint64_t first, count;
	} held[] = { { 0, 9 }, { 11, 1 }, { 9, 1 }, { 0, UINT64_MAX }, { 0, bit64(40) } };

	for (unsigned int i = 0; i < ARRAY_COUNT(held); i++) {
		unsigned int place = tce_gate_enter(&gate, to_index(held[i].first), held[i].count);

		atomic_store(&over, 0);
		waits_for(drain, tce_gate_leave, place);
	}
}

/* (G1) The last place counts like the first. */
static void g1_a_drain_looks_at_every_place(void **state)
{
	unsigned int place[GATE_PLACE_COUNT];

	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		place[i] = tce_gate_enter(&gate, to_index(8 + i % 4), 1);
	assert_int_equal(tce_gate_try_enter(&gate, to_index(100), 1), GATE_FULL);
	for (unsigned int i = 0; i + 1 < GATE_PLACE_COUNT; i++)
		tce_gate_leave(&gate, place[i]);
	waits_for(drain, tce_gate_leave, place[GATE_PLACE_COUNT - 1]);
}

static void a_drain_passes_by_what_is_next_to_its_range(void **state)
{
	unsigned int below = tce_gate_enter(&gate, to_index(0), 8), above = tce_gate_enter(&gate, to_index(12), 4);

	tce_gate_drain(&gate, to_index(8), 4);
	tce_gate_leave(&gate, below);
	tce_gate_leave(&gate, above);
}

/* (G2) */
static void g2_a_range_in_use_is_not_shut(void **state)
{
	unsigned int place = tce_gate_enter(&gate, to_index(11), 5), other;

	assert_int_equal(tce_gate_try_shut(&gate, to_index(8), 4), GATE_FULL);
	/* The refusal leaves nothing shut, and another range can be shut. */
	for (unsigned int i = 0; i < GATE_SHUT_COUNT; i++)
		assert_true(atomic_load(&gate.shut[i].range) == 0);
	other = tce_gate_try_shut(&gate, to_index(8), 3);
	assert_int_not_equal(other, GATE_FULL);
	tce_gate_open(&gate, other);
	tce_gate_leave(&gate, place);
}

/* (G2) */
static void g2_nobody_enters_a_range_that_is_shut(void **state)
{
	unsigned int shut = tce_gate_try_shut(&gate, to_index(11), 5), place;

	assert_int_not_equal(shut, GATE_FULL);
	assert_int_equal(tce_gate_try_enter(&gate, to_index(8), 4), GATE_FULL);
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		assert_true(atomic_load(&gate.place[i]) == 0);
	place = tce_gate_try_enter(&gate, to_index(8), 3);
	assert_int_not_equal(place, GATE_FULL);
	tce_gate_leave(&gate, place);
	waits_for(enter, tce_gate_open, shut);
}

/* Writers do not exclude each other. */
static void ranges_that_overlap_may_be_shut_by_several(void **state)
{
	unsigned int place[GATE_SHUT_COUNT];

	for (unsigned int i = 0; i < GATE_SHUT_COUNT; i++) {
		place[i] = tce_gate_try_shut(&gate, to_index(8), 4);
		assert_int_not_equal(place[i], GATE_FULL);
	}
	assert_int_equal(tce_gate_try_shut(&gate, to_index(100), 1), GATE_FULL);
	while (place[0] != GATE_FULL) {
		unsigned int i = GATE_SHUT_COUNT - 1;

		assert_int_equal(tce_gate_try_enter(&gate, to_index(9), 1), GATE_FULL);
		while (place[i] == GATE_FULL)
			i--;
		tce_gate_open(&gate, place[i]);
		place[i] = GATE_FULL;
	}
	tce_gate_leave(&gate, tce_gate_enter(&gate, to_index(9), 1));
}

static void *close_gate(void *context)
{
	tce_gate_close(&gate);
	atomic_store(&over, 1);
	return NULL;
}

/* (G3) Whoever waits to enter learns that the gate is closed. */
static void g3_a_closed_gate_waits_for_accesses_and_lets_none_in(void **state)
{
	waits_for(close_gate, tce_gate_leave, tce_gate_enter(&gate, to_index(11), 5));
	assert_int_equal(tce_gate_try_enter(&gate, to_index(0), 1), GATE_FULL);
	assert_int_equal(tce_gate_enter(&gate, to_index(0), 1), GATE_FULL);
	tce_gate_drain(&gate, to_index(0), UINT64_MAX);
}

#define TEST(f) cmocka_unit_test_setup(f, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(g1_a_drain_waits_for_an_access_that_touches_its_range),
		TEST(g1_a_drain_looks_at_every_place),
		TEST(a_drain_passes_by_what_is_next_to_its_range),
		TEST(g2_a_range_in_use_is_not_shut),
		TEST(g2_nobody_enters_a_range_that_is_shut),
		TEST(ranges_that_overlap_may_be_shut_by_several),
		TEST(g3_a_closed_gate_waits_for_accesses_and_lets_none_in),
	};

	return cmocka_run_group_tests_name("tce/gate", tests, NULL, NULL);
}
