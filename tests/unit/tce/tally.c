/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries that were taken out are counted alike one by one and four at a time. */
#include "testing.h"

#include "tce/entry.h"
#include "tce/tally.h"

#define COUNT 67
#define START UINT64_C(0x7f0000000000)
#define LENGTH UINT64_C(0x10000)

static const struct tce_tally none = { 0, 0 };

/* What may lie in a table: nothing, the first and last page of the range, and the pages around it. */
static const uint64_t values[] = {
	0, START | TCE_READ, (START + LENGTH - 4096) | TCE_PERMISSIONS, (START - 4096) | TCE_PERMISSIONS,
	(START + LENGTH) | TCE_READ, 4096 | TCE_PERMISSIONS, UINT64_C(0xfffffffffffff003), UINT64_C(0x8000000000000003),
};
static const struct tce_tally tallies[] = {
	{ 0, 0 }, { 1, 1 }, { 1, 1 }, { 1, 0 }, { 1, 0 }, { 1, 0 }, { 1, 0 }, { 1, 0 },
};

static void check(const uint64_t *entry, unsigned int count, struct tce_tally expected)
{
	struct tce_tally wide = tce_tally(entry, count, to_vaddr(START), LENGTH);
	struct tce_tally scalar = tce_tally_scalar(entry, count, to_vaddr(START), LENGTH);

	assert_int_equal(wide.valid, expected.valid);
	assert_int_equal(wide.inside, expected.inside);
	assert_int_equal(scalar.valid, expected.valid);
	assert_int_equal(scalar.inside, expected.inside);
}

static void each_value_counts_in_each_place(void **state)
{
	uint64_t entry[COUNT] = { 0 };

	check(entry, COUNT, none);
	for (unsigned int v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		for (unsigned int at = 0; at < COUNT; at++) {
			entry[at] = values[v];
			check(entry, COUNT, tallies[v]);
			check(entry, at, none);
			entry[at] = 0;
		}
	}
}

static void every_length_is_counted_whole(void **state)
{
	uint64_t entry[COUNT];
	struct tce_tally expected = none;

	for (unsigned int i = 0; i < COUNT; i++) {
		unsigned int v = i * 5 % (sizeof(values) / sizeof(values[0]));

		entry[i] = values[v];
		check(entry, i, expected);
		expected.valid += tallies[v].valid;
		expected.inside += tallies[v].inside;
	}
}

/* A range that begins at 0 has the entries that are clear, which the caller must know. */
static void a_clear_entry_lies_in_a_range_at_zero(void **state)
{
	uint64_t entry[5] = { 0, 4096 | TCE_READ, 0, 0, 0 };
	struct tce_tally tally = tce_tally(entry, 5, to_vaddr(0), LENGTH);

	assert_int_equal(tally.valid, 1);
	assert_int_equal(tally.inside, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_counts_in_each_place),
		cmocka_unit_test(every_length_is_counted_whole),
		cmocka_unit_test(a_clear_entry_lies_in_a_range_at_zero),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
