/* SPDX-License-Identifier: BSD-2-Clause */
/* Gauges and their peaks. */
#include "testing.h"

#include "util/stats.h"

static void a_peak_is_the_highest_that_a_gauge_was(void **state)
{
	struct stce_stats stats = { 0 };

	STATS_GAUGE_ADD(&stats, pages_mapped, 5);
	STATS_SUB(&stats, pages_mapped, 3);
	STATS_GAUGE_ADD(&stats, pages_mapped, 2);
	assert_int_equal(stats.pages_mapped, 4);
	assert_int_equal(stats.pages_mapped_peak, 5);
}

/* Symptom: the peak was 2^64 - 1. */
static void a_gauge_below_0_is_no_peak(void **state)
{
	struct stce_stats stats = { 0 };

	STATS_SUB(&stats, pages_mapped, 3);
	STATS_GAUGE_ADD(&stats, pages_mapped, 2);
	STATS_GAUGE_ADD(&stats, pages_mapped, 2);
	assert_int_equal(stats.pages_mapped, 1);
	assert_int_equal(stats.pages_mapped_peak, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peak_is_the_highest_that_a_gauge_was),
		cmocka_unit_test(a_gauge_below_0_is_no_peak),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
