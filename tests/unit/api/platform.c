/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The description of a platform agrees with VFIO's answers on a machine of that platform, and with
 * the real place of its windows.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "unit/vfio/client.h"

static struct stce_platform platform_of(unsigned int n)
{
	struct stce_platform p;

	assert_int_equal(stce_platform(n, &p, sizeof(p)), 0);
	return p;
}

static unsigned int count_platforms(void)
{
	struct stce_platform p;
	unsigned int n = 0;

	while (!stce_platform(n, &p, sizeof(p)))
		n++;
	return n;
}

static void every_name_is_an_option_and_no_number_follows(void **state)
{
	struct stce_platform p = { .levels = 77 };
	struct stce_config *config;
	unsigned int n = count_platforms();

	assert_int_equal(n, 6);
	assert_int_equal(stce_platform(n, &p, sizeof(p)), -ENOENT);
	assert_int_equal(stce_platform(UINT32_MAX, &p, sizeof(p)), -ENOENT);
	assert_int_equal(p.levels, 77);
	assert_int_equal(stce_config_new(&config), 0);
	while (n--)
		assert_int_equal(stce_config_set(config, "platform", platform_of(n).name, NULL), 0);
	stce_config_free(config);
}

/*
 * There are two groups, because a platform that divides the 32-bit space gives the first one half
 * of it.
 */
static void start(struct client *c, const char *platform, int type)
{
	client_start(c, "platform", platform, "memlock", "1048576T", NULL);
	client_open(c, type);
}

static void a_machine_is_what_vfio_says(void **state)
{
	for (unsigned int n = 0; n < count_platforms(); n++) {
		struct stce_platform all = platform_of(n), p;
		const bool is_v2 = all.window_count;
		struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
		struct client c;

		start(&c, all.name, is_v2 ? VFIO_SPAPR_TCE_v2_IOMMU : VFIO_SPAPR_TCE_IOMMU);
		stce_machine_platform(c.machine, &p, sizeof(p));
		assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
		assert_string_equal(p.name, all.name);
		assert_int_equal(p.default_start, info.dma32_window_start);
		assert_int_equal(p.default_size, info.dma32_window_size);
		assert_true(p.default_size <= all.default_size);
		if (is_v2) {
			assert_int_equal(p.page_sizes, info.ddw.pgsizes);
			assert_int_equal(p.window_count, info.ddw.max_dynamic_windows_supported);
			assert_int_equal(p.levels, info.ddw.levels);
		}
		assert_int_equal(p.has_eeh, stce_ioctl(c.container, VFIO_CHECK_EXTENSION, (void *)VFIO_EEH));
		client_stop(&c);
	}
}

static void a_second_window_starts_within_the_limits_of_bus_offset(void **state)
{
	unsigned int made = 0;

	for (unsigned int n = 0; n < count_platforms(); n++) {
		struct stce_platform p = platform_of(n);
		uint64_t at = 0;
		struct client c;

		if (!p.window_count) {
			assert_int_equal(p.bus_offset_min, STCE_PLATFORM_NO_OFFSET);
			assert_int_equal(p.bus_offset_max, STCE_PLATFORM_NO_OFFSET);
			continue;
		}
		start(&c, p.name, VFIO_SPAPR_TCE_v2_IOMMU);
		assert_int_equal(create_window(c.container, 16, MIB, 1, &at), 0);
		assert_in_range(at, p.bus_offset_min, p.bus_offset_max);
		client_stop(&c);
		made++;
	}
	assert_int_equal(made, 4);
}

/*
 * Tells whether the bridge accepts the window; this machine may lack the memory for a table of one
 * level.
 */
static bool is_taken(const struct client *c, unsigned int page_shift, uint64_t size, unsigned int levels)
{
	uint64_t at;
	long r = create_window(c->container, page_shift, size, levels, &at);

	if (!r)
		assert_int_equal(remove_window(c->container, at), 0);
	return !r || (r == -ENOMEM && strstr(stce_last_reason(), "no memory"));
}

/* Tells whether some IOMMU page and some number of levels make the window. */
static bool can_create(const struct client *c, const struct stce_platform *p, uint64_t size)
{
	for (uint64_t sizes = p->page_sizes; sizes; sizes &= sizes - 1)
		for (unsigned int levels = 1; levels <= p->levels; levels++)
			if (is_taken(c, (unsigned int)__builtin_ctzll(sizes), size, levels))
				return true;
	return false;
}

static void the_longest_window_can_be_made_and_twice_it_cannot(void **state)
{
	for (unsigned int n = 0; n < count_platforms(); n++) {
		struct stce_platform p = platform_of(n);
		struct client c;

		if (!p.window_count) {
			assert_int_equal(p.window_size_max, 0);
			continue;
		}
		start(&c, p.name, VFIO_SPAPR_TCE_v2_IOMMU);
		stce_machine_platform(c.machine, &p, sizeof(p));
		assert_true(can_create(&c, &p, p.window_size_max));
		/* A longer window would pass the end of the high window's addresses. */
		if (p.window_size_max < HIGH)
			assert_false(can_create(&c, &p, 2 * p.window_size_max));
		else
			assert_int_equal(p.window_size_max, HIGH);
		client_stop(&c);
	}
}

/* A caller of another version gets the fields that both know, and 0 in the rest. */
static void a_caller_gets_as_many_fields_as_it_has(void **state)
{
	struct { struct stce_platform p; uint64_t next; } large;
	const struct stce_platform whole = platform_of(0);
	const size_t known = offsetof(struct stce_platform, default_start);
	struct client c;

	memset(&large, 0x77, sizeof(large));
	assert_int_equal(stce_platform(0, &large.p, known), 0);
	assert_memory_equal(&large.p, &whole, known);
	assert_int_equal(large.p.default_start, UINT64_C(0x7777777777777777));
	assert_int_equal(stce_platform(0, &large.p, sizeof(large)), 0);
	assert_memory_equal(&large.p, &whole, sizeof(whole));
	assert_int_equal(large.next, 0);
	client_start(&c, "platform", whole.name, NULL);
	large.next = 1;
	stce_machine_platform(c.machine, &large.p, sizeof(large));
	assert_string_equal(large.p.bridge, whole.bridge);
	assert_int_equal(large.next, 0);
	client_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_is_an_option_and_no_number_follows),
		cmocka_unit_test(a_machine_is_what_vfio_says),
		cmocka_unit_test(a_second_window_starts_within_the_limits_of_bus_offset),
		cmocka_unit_test(the_longest_window_can_be_made_and_twice_it_cannot),
		cmocka_unit_test(a_caller_gets_as_many_fields_as_it_has),
	};

	return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
