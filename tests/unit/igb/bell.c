/* SPDX-License-Identifier: BSD-2-Clause */
/* The worker's bell. Its waits end at a time that has passed, so none of them lasts. */
#include "igb/bell.h"

#include "testing.h"

#define PASSED_NS 1u

/* As many waits as lower every credit, or raise one. */
#define MANY 32

static struct igb igb;

static int setup(void **state)
{
	(void)state;
	igb.worker = (struct igb_worker){ .deaf = 0 };
	igb_bell_init(&igb.worker);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	igb_bell_fini(&igb.worker);
	return 0;
}

static void wait_often(bool rings)
{
	for (unsigned int i = 0; i < MANY; i++) {
		atomic_store(&igb.worker.rung, false);
		if (rings)
			igb_ring_bell(&igb);
		igb_bell_wait(&igb.worker, PASSED_NS);
	}
}

static void a_worker_listens_at_first(void **state)
{
	(void)state;
	assert_int_not_equal(igb.worker.credit, 0);
}

static void a_worker_listens_no_longer_if_the_bell_does_not_ring(void **state)
{
	(void)state;
	wait_often(false);
	assert_int_equal(igb.worker.credit, 0);
}

/* Returns whether a wait listens, which raises the credit because the bell has rung already. */
static bool listens(void)
{
	unsigned int before = igb.worker.credit;

	atomic_store(&igb.worker.rung, false);
	igb_ring_bell(&igb);
	igb_bell_wait(&igb.worker, PASSED_NS);
	return igb.worker.credit > before;
}

static void a_worker_without_credit_listens_now_and_then(void **state)
{
	unsigned int waits = 0;

	(void)state;
	igb.worker.credit = 0;
	while (!listens())
		waits++;
	assert_int_equal(waits, 15);
	/* It was worthwhile. */
	assert_true(listens());
	igb.worker.credit = 0;
	assert_false(listens());
}

static void a_worker_listens_again_when_the_bell_rings_soon(void **state)
{
	(void)state;
	wait_often(false);
	wait_often(true);
	assert_int_not_equal(igb.worker.credit, 0);
}

#define BELL_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BELL_TEST(a_worker_listens_at_first),
		BELL_TEST(a_worker_listens_no_longer_if_the_bell_does_not_ring),
		BELL_TEST(a_worker_without_credit_listens_now_and_then),
		BELL_TEST(a_worker_listens_again_when_the_bell_rings_soon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
