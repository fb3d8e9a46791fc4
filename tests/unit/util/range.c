/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges at the ends of the address space, where sums wrap. */
#include "testing.h"

#include "util/range.h"

#define TOP UINT64_MAX

static void a_range_wraps_when_its_end_does_not_fit(void **state)
{
	assert_false(range_wraps(0, 0));
	assert_false(range_wraps(TOP, 0));
	assert_false(range_wraps(TOP - 1, 1));
	/* A sum of exactly 2^64 wraps. */
	assert_true(range_wraps(TOP, 1));
	assert_true(range_wraps(1, TOP));
	assert_false(range_wraps(0, TOP));
}

static void containing_is_exact_at_both_ends(void **state)
{
	assert_true(range_contains(10, 10, 10, 10));
	assert_true(range_contains(10, 10, 19, 1));
	assert_false(range_contains(10, 10, 9, 1));
	assert_false(range_contains(10, 10, 19, 2));
	assert_false(range_contains(10, 10, 20, 1));
}

static void an_empty_range_is_contained_up_to_the_end(void **state)
{
	assert_true(range_contains(10, 10, 10, 0));
	assert_true(range_contains(10, 10, 20, 0));
	assert_false(range_contains(10, 10, 21, 0));
	assert_true(range_contains(5, 0, 5, 0));
	assert_false(range_contains(5, 0, 5, 1));
}

static void a_range_that_wraps_is_contained_in_nothing(void **state)
{
	assert_false(range_contains(10, 10, 12, TOP));
	assert_false(range_contains(0, TOP, 2, TOP));
	assert_false(range_contains(TOP - 5, 5, TOP - 4, TOP));
	/* An outer range that wraps does not contain the low addresses. */
	assert_false(range_contains(TOP - 5, 100, 3, 1));
}

static void having_is_exact_at_both_ends(void **state)
{
	assert_true(range_has(10, 10, 10));
	assert_true(range_has(10, 10, 19));
	assert_false(range_has(10, 10, 20));
	assert_false(range_has(10, 10, 9));
	assert_false(range_has(10, 0, 10));
	assert_true(range_has(TOP, 1, TOP));
}

static void neighbours_do_not_overlap(void **state)
{
	assert_false(ranges_overlap(0, 10, 10, 10));
	assert_false(ranges_overlap(10, 10, 0, 10));
	assert_true(ranges_overlap(0, 11, 10, 10));
	assert_true(ranges_overlap(10, 10, 0, 11));
	assert_true(ranges_overlap(0, 100, 40, 1));
	assert_true(ranges_overlap(40, 1, 0, 100));
	assert_true(ranges_overlap(TOP - 10, 11, TOP, 1));
}

static void an_empty_range_overlaps_nothing(void **state)
{
	assert_false(ranges_overlap(10, 0, 0, 100));
	assert_false(ranges_overlap(0, 100, 10, 0));
	assert_false(ranges_overlap(10, 0, 10, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_wraps_when_its_end_does_not_fit),
		cmocka_unit_test(containing_is_exact_at_both_ends),
		cmocka_unit_test(an_empty_range_is_contained_up_to_the_end),
		cmocka_unit_test(a_range_that_wraps_is_contained_in_nothing),
		cmocka_unit_test(having_is_exact_at_both_ends),
		cmocka_unit_test(neighbours_do_not_overlap),
		cmocka_unit_test(an_empty_range_overlaps_nothing),
	};

	return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
