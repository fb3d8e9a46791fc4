/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resets of a bridge and of the system: afterwards there are the windows that PAPR defines, and
 * nothing from before.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "firmware.h"
#include "util/alloc.h"
#include "stats_of.h"

#define RESETS 1000
#define LONE   0x90000000u     /* a table that belongs to no bridge */

static struct firmware f;
static int lone;

static int start(void **state)
{
	firmware_start(&f, "power9");
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, f.v.c.group), 0);
	lone = make_table(&f.v, LONE, 12, 0, 0x400);
	assert_true(lone >= 0);
	return 0;
}

static int stop(void **state)
{
	stce_close(lone);
	firmware_stop(&f);
	return 0;
}

static int by_rtas(void)
{
	return reset(&f);
}

static int of_the_bridge(void)
{
	return stce_phb_reset(f.phb);
}

static int of_the_system(void)
{
	return stce_vm_reset(f.v.vm);
}

static int (*const resets[])(void) = { by_rtas, of_the_bridge, of_the_system };

/* Does what a guest does with its windows between two resets, slightly different each time. */
static void live(unsigned int n)
{
	unsigned int shift = n & 1 ? 16 : 12;
	uint64_t at = (uint64_t)(n % 1000) << shift;
	char byte;

	assert_int_equal(h_put(&f.v, f.config.liobn[0], (uint64_t)n * PAGE, (GPA + 5 * PAGE) | 3),
			 STCE_H_SUCCESS);
	assert_int_equal(h_put(&f.v, LONE, n % 0x400 * PAGE, (GPA + PAGE) | 3), STCE_H_SUCCESS);
	assert_int_equal(create(&f, shift, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(h_put(&f.v, f.config.liobn[1], HIGH + at, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(device_read(&f.v.c, HIGH + at, &byte, 1), 0);
	assert_int_equal(device_read(&f.v.c, (uint64_t)n * PAGE, &byte, 1), 0);
	if (n % 3 == 0)
		assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	if (n % 5 == 0)
		assert_int_equal(remove_liobn(&f, f.config.liobn[1]), STCE_RTAS_SUCCESS);
}

/* Neither guest nor device sees anything that live() has left. */
static void is_as_new(unsigned int n)
{
	uint64_t high = HIGH + ((uint64_t)(n % 1000) << (n & 1 ? 16 : 12));
	char byte;

	assert_false(has_table(&f, f.config.liobn[1], HIGH));
	assert_int_equal(h_get(&f.v, f.config.liobn[0], (uint64_t)n * PAGE), 0);
	assert_int_equal(device_read(&f.v.c, (uint64_t)n * PAGE, &byte, 1), -EFAULT);
	assert_int_equal(device_read(&f.v.c, high, &byte, 1), -EFAULT);
	assert_int_equal(windows_left(&f), 1);
}

static void a_thousand_resets_leave_nothing_behind(void **state)
{
	struct stce_stats before, now;

	assert_int_equal(of_the_system(), 0);
	before = stats_of(f.v.c.machine);
	for (unsigned int n = 0; n < RESETS; n++) {
		live(n);
		assert_int_equal(resets[n % ARRAY_COUNT(resets)](), 0);
		is_as_new(n);
		now = stats_of(f.v.c.machine);
		assert_int_equal(now.pages_mapped, 0);
		assert_int_equal(now.table_bytes, before.table_bytes);
		assert_int_equal(now.locked_bytes, before.locked_bytes);
		assert_int_equal(now.registered_bytes, before.registered_bytes);
		assert_int_equal(now.windows_created - now.windows_removed, 1);
	}
	assert_int_equal(now.windows_removed - before.windows_removed,
			 now.windows_created - before.windows_created);
	/* The last count on the memory is gone, too. */
	assert_int_equal(unregister_memory(f.v.c.container, f.v.ram, RAM_PAGES * PAGE), 0);
}

static void a_system_reset_empties_tables_and_windows_of_no_bridge(void **state)
{
	struct vmm v;
	char byte;

	vmm_start(&v);
	vmm_link(&v);
	assert_int_equal(h_put(&v, LIOBN, PAGE, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(device_read(&v.c, PAGE, &byte, 1), 0);
	assert_int_equal(stce_vm_reset(v.vm), 0);
	assert_int_equal(h_get(&v, LIOBN, PAGE), 0);
	assert_int_equal(device_read(&v.c, PAGE, &byte, 1), -EFAULT);
	assert_int_equal(stats_of(v.c.machine).pages_mapped, 0);
	/* The link is still there. */
	assert_int_equal(h_put(&v, LIOBN, PAGE, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(device_read(&v.c, PAGE, &byte, 1), 0);
	vmm_stop(&v);
}

static void a_reset_of_the_bridge_leaves_other_tables_alone(void **state)
{
	assert_int_equal(h_put(&f.v, LONE, 0, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(of_the_bridge(), 0);
	assert_int_equal(h_get(&f.v, LONE, 0), GPA | 3);
	assert_int_equal(of_the_system(), 0);
	assert_int_equal(h_get(&f.v, LONE, 0), 0);
}

static void a_reset_ends_limited_mode(void **state)
{
	assert_int_equal(reset_mode(&f, 1), STCE_RTAS_SUCCESS);
	assert_int_equal(windows_left(&f), 0);
	assert_int_equal(of_the_bridge(), 0);
	assert_int_equal(windows_left(&f), 1);
}

static void a_reset_without_memory_can_be_made_again(void **state)
{
	int r, n = 0;

	do {
		assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
		alloc_fail_after(n++);
		r = of_the_system();
		alloc_fail_after(-1);
		if (r) {
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(windows_left(&f), 2);
			assert_int_equal(of_the_system(), 0);
		}
		is_as_new(1);
	} while (r);
	assert_true(n > 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_thousand_resets_leave_nothing_behind),
		T(a_system_reset_empties_tables_and_windows_of_no_bridge),
		T(a_reset_of_the_bridge_leaves_other_tables_alone),
		T(a_reset_ends_limited_mode),
		T(a_reset_without_memory_can_be_made_again),
	};

	return cmocka_run_group_tests_name("resets", tests, NULL, NULL);
}
