/* SPDX-License-Identifier: BSD-2-Clause */
/* The benchmark's verdict on invented rounds. */
#include "testing.h"

#include "../../../bench/verdict.h"

#define ROUNDS 31

static double values[ROUNDS];

/* Makes rounds at even steps from low to high, shuffled. */
static struct bench_spread rounds(double low, double high)
{
	for (unsigned int i = 0; i < ROUNDS; i++)
		values[i * 7 % ROUNDS] = low + (high - low) * i / (ROUNDS - 1);
	return bench_spread(values, ROUNDS);
}

static void is(const struct bench_spread *s, enum bench_wanted sort, double wanted, const char *verdict)
{
	assert_string_equal(bench_judge(s, sort, wanted), verdict);
}

static void half_of_the_rounds_lie_between_the_quartiles(void **state)
{
	struct bench_spread s = rounds(0, 30);

	assert_true(s.low == 7 && s.median == 15 && s.high == 23 && s.share == 1);
	values[0] = 4;
	s = bench_spread(values, 1);
	assert_true(s.low == 4 && s.median == 4 && s.high == 4);
}

static void rounds_that_agree_are_judged(void **state)
{
	struct bench_spread s = rounds(1.9, 2.0);

	is(&s, BENCH_AT_MOST, 2.2, "met");
	is(&s, BENCH_AT_MOST, 1.7, "missed");
	is(&s, BENCH_AT_LEAST, 1.7, "met");
	is(&s, BENCH_AT_LEAST, 2.2, "missed");
}

static void exactly_what_was_wanted_is_met(void **state)
{
	struct bench_spread s = rounds(2, 2);

	is(&s, BENCH_AT_MOST, 2, "met");
	is(&s, BENCH_AT_LEAST, 2, "met");
}

/* The figure is on either side of the median, whichever way the rounds are sorted. */
static void a_figure_among_the_rounds_is_unclear(void **state)
{
	struct bench_spread s = rounds(1.0, 3.0);

	for (double wanted = 1; wanted <= 3; wanted += 0.25) {
		is(&s, BENCH_AT_MOST, wanted, "unclear");
		is(&s, BENCH_AT_LEAST, wanted, "unclear");
	}
}

static void the_fence_is_one_and_a_half_times_the_quartiles_distance_away(void **state)
{
	struct bench_spread s = rounds(0, 30);     /* 7 and 23, so -17 and 47 */

	is(&s, BENCH_AT_MOST, 46.9, "unclear");
	is(&s, BENCH_AT_MOST, 47.1, "met");
	is(&s, BENCH_AT_LEAST, 46.9, "unclear");
	is(&s, BENCH_AT_LEAST, 47.1, "missed");
	is(&s, BENCH_AT_MOST, -16.9, "unclear");
	is(&s, BENCH_AT_MOST, -17.1, "missed");
}

/*
 * At load 11 get took 1.74 times the time of its limit kernel and put 3.07 times; on a quiet
 * machine 1.00 and 1.99 times.
 */
static void rounds_without_a_processor_are_unclear(void **state)
{
	struct bench_spread get = rounds(1.73, 1.75), put = rounds(3.06, 3.08);

	is(&get, BENCH_AT_MOST, 1.2, "missed");
	get.share = put.share = 2.0 / 11;
	is(&get, BENCH_AT_MOST, 1.2, "unclear");
	is(&put, BENCH_AT_MOST, 4, "unclear");
	get.share = 0.76;
	is(&get, BENCH_AT_MOST, 1.2, "missed");
}

static void a_quotient_is_as_spread_as_both(void **state)
{
	struct bench_spread a = rounds(0, 30), b = { .low = 2, .median = 3, .high = 7, .share = 0.5 };
	struct bench_spread q = bench_quotient(&a, &b);

	assert_true(q.low == 1 && q.median == 5 && q.high == 11.5 && q.share == 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_of_the_rounds_lie_between_the_quartiles),
		cmocka_unit_test(rounds_that_agree_are_judged),
		cmocka_unit_test(exactly_what_was_wanted_is_met),
		cmocka_unit_test(a_figure_among_the_rounds_is_unclear),
		cmocka_unit_test(the_fence_is_one_and_a_half_times_the_quartiles_distance_away),
		cmocka_unit_test(rounds_without_a_processor_are_unclear),
		cmocka_unit_test(a_quotient_is_as_spread_as_both),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
