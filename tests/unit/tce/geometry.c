/* SPDX-License-Identifier: BSD-2-Clause */
/* The arithmetic of windows, compared with numbers from a real kernel. */
#include "testing.h"

#include <errno.h>

#include "tce/geometry.h"

/* Locked kB per window, measured on Linux 6.12 with 4K and with 64K pages. */
static const struct {
	unsigned int page_shift;
	uint64_t window_size;
	unsigned int levels;
	uint64_t kb_4k, kb_64k;
} charges[] = {
	{ 12, 64 * KIB, 1, 8, 128 },
	{ 12, 2 * GIB, 1, 8192, 8192 },
	{ 12, 2 * GIB, 2, 8208, 8320 },
	{ 12, 2 * GIB, 3, 8216, 8448 },
	{ 12, 4 * GIB, 1, 16384, 16384 },
	{ 12, 8 * GIB, 1, 32768, 32768 },
	{ 12, bit64(36), 2, 262208, 262272 },
	{ 12, bit64(40), 2, 4194560, 4194560 },
	{ 12, bit64(40), 3, 4198416, 4194944 },
	{ 16, 1 * GIB, 1, 256, 256 },
	{ 16, 2 * GIB, 1, 512, 512 },
	{ 16, 4 * GIB, 1, 1024, 1024 },
	{ 16, 4 * GIB, 2, 1032, 1152 },
	{ 16, bit64(36), 1, 16384, 16384 },
	{ 16, bit64(36), 2, 16400, 16512 },
	{ 16, bit64(40), 2, 262208, 262272 },
	{ 16, bit64(44), 2, 4194560, 4194560 },
	{ 16, bit64(48), 2, 67109888, 67109888 },
	{ 21, 4 * GIB, 1, 32, 128 },
	{ 21, bit64(40), 1, 8192, 8192 },
	{ 21, bit64(44), 2, 131136, 131200 },
	{ 30, bit64(40), 1, 16, 128 },
};

static void the_charge_is_linux_s_to_the_kilobyte(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(charges); i++) {
		struct tce_geometry g;

		assert_int_equal(tce_geometry_init(&g, charges[i].page_shift, charges[i].window_size,
						   charges[i].levels, 12), 0);
		assert_int_equal(g.charge / KIB, charges[i].kb_4k);
		assert_int_equal(tce_geometry_init(&g, charges[i].page_shift, charges[i].window_size,
						   charges[i].levels, 16), 0);
		assert_int_equal(g.charge / KIB, charges[i].kb_64k);
	}
}

/* Returns the levels that a window of 2^36 bytes accepts: bit n of the mask is n levels. */
static unsigned int accepted_levels(unsigned int page_shift, unsigned int host_page_shift)
{
	unsigned int mask = 0;

	for (unsigned int levels = 1; levels <= TCE_LEVELS_MAX; levels++) {
		struct tce_geometry g;

		assert_int_equal(tce_geometry_init(&g, page_shift, bit64(36), levels,
						   host_page_shift), 0);
		if (!tce_geometry_check_limits(&g))
			mask |= 1u << levels;
	}
	return mask;
}

static void accepted_levels_of_a_64g_window_are_linux_s(void **state)
{
	assert_int_equal(accepted_levels(12, 12), 1 << 2 | 1 << 3 | 1 << 4);
	assert_int_equal(accepted_levels(16, 12), 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4);
	assert_int_equal(accepted_levels(21, 12), 1 << 1 | 1 << 2 | 1 << 3);
	assert_int_equal(accepted_levels(30, 12), 1 << 1 | 1 << 2);
	assert_int_equal(accepted_levels(12, 16), 1 << 2 | 1 << 3);
	assert_int_equal(accepted_levels(16, 16), 1 << 1 | 1 << 2);
	assert_int_equal(accepted_levels(21, 16), 1 << 1 | 1 << 2);
	assert_int_equal(accepted_levels(30, 16), 1 << 1);
}

static unsigned int most_levels(unsigned int host_page_shift)
{
	static const unsigned int page_shift[] = { 12, 16, 21, 24, 28, 30 };
	unsigned int most = 0;

	for (unsigned int i = 0; i < ARRAY_COUNT(page_shift); i++)
		for (unsigned int window_shift = 9; window_shift < 64; window_shift++)
			for (unsigned int levels = most + 1; levels <= TCE_LEVELS_MAX; levels++) {
				struct tce_geometry g;

				if (!tce_geometry_init(&g, page_shift[i], bit64(window_shift), levels, host_page_shift) &&
				    !tce_geometry_check_limits(&g))
					most = levels;
			}
	return most;
}

/* Whatever the size of page and window. The manual says so (vfio-spapr.4, spapr-tce-abi.7). */
static void five_levels_are_advertised_and_four_can_be_made(void **state)
{
	assert_int_equal(TCE_LEVELS_MAX, 5);
	assert_int_equal(most_levels(12), 4);
	assert_int_equal(most_levels(16), 3);
}

static void a_node_above_16m_is_out_of_memory(void **state)
{
	struct tce_geometry g;

	assert_int_equal(tce_geometry_init(&g, 12, bit64(40), 1, 12), 0);
	assert_int_equal(tce_geometry_check_limits(&g), -ENOMEM);
}

static void a_partition_s_table_is_one_level_of_whole_pages(void **state)
{
	struct tce_geometry g;

	assert_int_equal(tce_geometry_init_flat(&g, 12, bit64(40), 1, 16), 0);
	assert_int_equal(tce_geometry_check_flat(&g), 0);
	assert_int_equal(g.charge, bit64(31));
	assert_int_equal(tce_geometry_init_flat(&g, 12, 3 * GIB, 1, 12), 0);
	assert_int_equal(tce_geometry_check_flat(&g), -EINVAL);
	assert_int_equal(tce_geometry_init_flat(&g, 12, GIB, 2, 12), 0);
	assert_int_equal(g.charge, 4 * GIB - 4 * KIB);
	assert_int_equal(tce_geometry_check_flat(&g), -EINVAL);
	assert_int_equal(tce_geometry_init_flat(&g, 12, 0, 2, 12), 0);
	assert_int_equal(g.charge, 4 * GIB - 4 * KIB);
	assert_int_equal(tce_geometry_check_flat(&g), -EINVAL);
	assert_int_equal(tce_geometry_init_flat(&g, 24, bit64(23), 1, 12), 0);
	assert_int_equal(tce_geometry_check_flat(&g), -EINVAL);
	assert_int_equal(tce_geometry_init_flat(&g, 24, bit64(20), 1, 12), -EINVAL);
	assert_int_equal(tce_geometry_init_flat(&g, 12, bit64(49), 1, 12), 0);
	assert_int_equal(tce_geometry_check_flat(&g), 0);
	assert_int_equal(tce_geometry_init_flat(&g, 12, bit64(50), 1, 12), 0);
	assert_int_equal(tce_geometry_check_flat(&g), -EINVAL);
}

static void bad_sizes_and_levels_are_refused(void **state)
{
	struct tce_geometry g;

	assert_int_equal(tce_geometry_init(&g, 12, GIB, 0, 12), -EINVAL);
	assert_int_equal(tce_geometry_init(&g, 12, GIB, 6, 12), -EINVAL);
	assert_int_equal(tce_geometry_init(&g, 12, 0, 1, 12), -EINVAL);
	assert_int_equal(tce_geometry_init(&g, 12, 3 * GIB, 1, 12), -EINVAL);
	assert_int_equal(tce_geometry_init(&g, 12, 256, 1, 12), -EINVAL);
	assert_int_equal(tce_geometry_init(&g, 12, 512, 1, 12), 0);
	assert_int_equal(g.entries, 0);
}

/* Observed on Linux 6.12 with 4K and 64K pages, for all page sizes of a bridge. */
static void a_window_below_a_page_takes_one_level_or_many(void **state)
{
	struct tce_geometry g;

	assert_int_equal(tce_geometry_init(&g, 12, 512, 2, 12), -EINVAL);
	assert_int_equal(tce_geometry_init(&g, 12, 1024, 2, 12), -EINVAL);
	assert_int_equal(tce_geometry_init(&g, 12, 2048, 2, 12), 0);
	assert_int_equal(tce_geometry_init(&g, 12, 512, 3, 12), -EINVAL);
	assert_int_equal(tce_geometry_init(&g, 12, 1024, 3, 12), 0);
	assert_int_equal(tce_geometry_init(&g, 12, 512, 4, 12), 0);
}

static void a_small_window_has_no_entry_beyond_it(void **state)
{
	struct tce_geometry g;

	assert_int_equal(tce_geometry_init(&g, 12, 64 * KIB, 1, 16), 0);
	assert_int_equal(g.entries, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_charge_is_linux_s_to_the_kilobyte),
		cmocka_unit_test(accepted_levels_of_a_64g_window_are_linux_s),
		cmocka_unit_test(five_levels_are_advertised_and_four_can_be_made),
		cmocka_unit_test(a_node_above_16m_is_out_of_memory),
		cmocka_unit_test(a_partition_s_table_is_one_level_of_whole_pages),
		cmocka_unit_test(bad_sizes_and_levels_are_refused),
		cmocka_unit_test(a_window_below_a_page_takes_one_level_or_many),
		cmocka_unit_test(a_small_window_has_no_entry_beyond_it),
	};

	return cmocka_run_group_tests_name("geometry", tests, NULL, NULL);
}
