/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of a bridge with PEs on the bus: hardware windows and guest tables are made together, or
 * not at all.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "firmware.h"
#include "util/alloc.h"
#include "stats_of.h"

static struct firmware f;

static int start(void **state)
{
	firmware_start(&f, "power9");
	return 0;
}

static int stop(void **state)
{
	firmware_stop(&f);
	return 0;
}

static void add(void)
{
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, f.v.c.group), 0);
}

/* The guest maps its page 5 there. Tells whether the device of group 1 sees it. */
static int device_follows(uint32_t liobn, uint64_t ioba, unsigned int shift)
{
	char byte = 0;

	memset(f.v.ram + 5 * PAGE, 'x', PAGE);
	if (h_put(&f.v, liobn, ioba, (shift == 12 ? GPA + 5 * PAGE : GPA) | 3))
		return 0;
	if (device_read(&f.v.c, ioba + (shift == 12 ? 0 : 5 * PAGE), &byte, 1))
		return 0;
	return byte == 'x';
}

static void a_group_gets_the_default_window(void **state)
{
	add();
	assert_true(device_follows(f.config.liobn[0], 0x3000, 12));
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, f.v.c.group), -EEXIST);
	assert_int_equal(stce_phb_remove_group(f.phb, f.v.c.group), 0);
	assert_int_equal(stce_phb_remove_group(f.phb, f.v.c.group), -ENOENT);
	assert_false(device_follows(f.config.liobn[0], 0x3000, 12));
}

static void a_created_window_reaches_the_hardware(void **state)
{
	add();
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_true(device_follows(f.config.liobn[1], HIGH + 0x40000, 16));
	assert_true(device_follows(f.config.liobn[0], 0x3000, 12));
	assert_int_equal(stats_of(f.v.c.machine).windows_created -
			 stats_of(f.v.c.machine).windows_removed, 2);
}

static void a_group_that_comes_late_gets_all_windows(void **state)
{
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	add();
	assert_true(device_follows(f.config.liobn[1], HIGH + 0x40000, 16));
	assert_true(device_follows(f.config.liobn[0], 0x3000, 12));
}

static void a_late_group_gets_the_high_window_alone(void **state)
{
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	add();
	assert_true(device_follows(f.config.liobn[1], HIGH + 0x40000, 16));
	assert_int_equal(map_dma(f.v.c.container, f.v.ram, 0, PAGE, RW), -ENXIO);
	/* The low slot is free, and the next window takes it. */
	assert_int_equal(create(&f, 12, 20), STCE_RTAS_SUCCESS);
	assert_int_equal(created_start(&f), 0);
	assert_true(device_follows(f.config.liobn[0], 0x3000, 12));
}

static void groups_of_one_container_share_its_windows(void **state)
{
	add();
	f.v.c.second = open_group(&f.v.c, 2);
	assert_int_equal(set_container(f.v.c.second, f.v.c.container), 0);
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, f.v.c.second), 0);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(stats_of(f.v.c.machine).windows_created, 2);
	assert_int_equal(stce_phb_remove_group(f.phb, f.v.c.group), 0);
	assert_int_equal(h_put(&f.v, f.config.liobn[1], HIGH, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(map_dma(f.v.c.container, f.v.ram, HIGH + PAGE_64K, PAGE_64K, RW), 0);
}

/* Makes a second container with group 2. */
static int second_container(void)
{
	int container = open_container(&f.v.c);

	f.v.c.second = open_group(&f.v.c, 2);
	assert_int_equal(set_container(f.v.c.second, container), 0);
	assert_int_equal(set_iommu(container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	return container;
}

static void every_container_gets_every_window(void **state)
{
	int other = second_container();
	char byte = 0;

	assert_int_equal(register_memory(other, f.v.ram, RAM_PAGES * PAGE), 0);
	add();
	assert_int_equal(stce_phb_add_group(f.phb, other, f.v.c.second), 0);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_true(device_follows(f.config.liobn[1], HIGH, 16));
	assert_int_equal(stce_dma_read(f.v.c.machine, 2, HIGH + 5 * PAGE, &byte, 1), 0);
	assert_int_equal(byte, 'x');
	stce_phb_free(f.phb);
	f.phb = NULL;
	stce_close(other);
}

/* (W1) The VMM has used the second container's only free slot without the bridge's knowledge. */
static void failure_half_way_leaves_nothing(void **state)
{
	int other = second_container();
	uint64_t at, before;

	add();
	assert_int_equal(stce_phb_add_group(f.phb, other, f.v.c.second), 0);
	assert_int_equal(create_window(f.v.c.container, 12, GIB, 1, &at), 0);
	before = locked(&f);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(locked(&f), before);
	assert_false(has_table(&f, f.config.liobn[1], HIGH));
	assert_int_equal(remove_window(other, HIGH), -EINVAL);
	assert_int_equal(remove_window(f.v.c.container, at), 0);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	stce_phb_free(f.phb);
	f.phb = NULL;
	stce_close(other);
}

/* (W1) */
static void a_liobn_that_is_taken_leaves_nothing(void **state)
{
	uint64_t before;
	int table;

	add();
	table = make_table(&f.v, f.config.liobn[1], 12, 0, 16);
	before = locked(&f);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(locked(&f), before);
	assert_int_equal(remove_window(f.v.c.container, HIGH), -EINVAL);
	stce_close(table);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
}

/* (W1) */
static void every_allocation_of_a_create_may_fail(void **state)
{
	uint64_t before;
	int status = STCE_RTAS_HARDWARE_ERROR, n = 0;

	add();
	before = locked(&f);
	for (; status; n++) {
		alloc_fail_after(n);
		status = create(&f, 16, 32);
		alloc_fail_after(-1);
		if (!status)
			break;
		assert_int_equal(status, STCE_RTAS_HARDWARE_ERROR);
		assert_int_equal(locked(&f), before);
		assert_false(has_table(&f, f.config.liobn[1], HIGH));
		assert_int_equal(remove_window(f.v.c.container, HIGH), -EINVAL);
	}
	assert_true(n > 3);
	assert_true(device_follows(f.config.liobn[1], HIGH, 16));
}

/* (W2) */
static void the_last_window_brings_the_default_back(void **state)
{
	add();
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_false(has_table(&f, f.config.liobn[0], 0));
	assert_true(device_follows(f.config.liobn[1], HIGH, 16));
	assert_int_equal(remove_liobn(&f, f.config.liobn[1]), STCE_RTAS_SUCCESS);
	assert_false(has_table(&f, f.config.liobn[1], HIGH));
	assert_true(device_follows(f.config.liobn[0], 0x3000, 12));
	/* Removing the default window brings none back. */
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(windows_left(&f), 2);
	/* A window of the guest's in its place is not a default window. */
	assert_int_equal(create(&f, 12, 20), STCE_RTAS_SUCCESS);
	assert_int_equal(created_start(&f), 0);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_true(has_table(&f, f.config.liobn[0], GIB - PAGE));
}

static void a_reset_always_brings_the_default_back(void **state)
{
	uint64_t before;

	add();
	before = locked(&f);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_true(device_follows(f.config.liobn[0], 0x3000, 12));
	assert_int_equal(reset(&f), STCE_RTAS_SUCCESS);
	assert_false(has_table(&f, f.config.liobn[1], HIGH));
	assert_int_equal(h_get(&f.v, f.config.liobn[0], 0x3000), 0);
	assert_int_equal(locked(&f), before);
	assert_int_equal(stats_of(f.v.c.machine).pages_mapped, 0);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(reset(&f), STCE_RTAS_SUCCESS);
	assert_true(device_follows(f.config.liobn[0], 0x3000, 12));
}

static void limited_mode_keeps_windows_low(void **state)
{
	add();
	assert_int_equal(reset_mode(&f, 2), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(reset_mode(&f, 1), STCE_RTAS_SUCCESS);
	/* This bridge has one low slot, and the default window is in it. */
	assert_int_equal(windows_left(&f), 0);
	assert_int_equal(create(&f, 12, 31), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(windows_left(&f), 1);
	assert_int_equal(create(&f, 12, 31), STCE_RTAS_SUCCESS);
	assert_int_equal(created_start(&f), 0);
	assert_int_equal(reset_mode(&f, 0), STCE_RTAS_SUCCESS);
	assert_int_equal(create(&f, 12, 31), STCE_RTAS_SUCCESS);
	assert_int_equal(created_start(&f), HIGH);
}

static void limited_mode_of_a_hypervisor_has_two_low_windows(void **state)
{
	assert_int_equal(stce_phb_config_init(&f.config, "powervm", 0), 0);
	firmware_again(&f);
	assert_int_equal(reset_mode(&f, 1), STCE_RTAS_SUCCESS);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(created_start(&f), 4 * GIB);
	/*
	 * With a PE on the bus the hardware decides, and it has no such start, so the container
	 * keeps its own window.
	 */
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, f.v.c.group), -EINVAL);
	assert_int_equal(stats_of(f.v.c.machine).windows_removed, 0);
	assert_int_equal(reset(&f), STCE_RTAS_SUCCESS);
	add();
}

/* The hardware of the PEs has only the usual starts, so a bridge cannot offer another. */
static void limited_mode_with_a_group_offers_no_window_where_the_hardware_has_none(void **state)
{
	uint64_t before;

	assert_int_equal(stce_phb_config_init(&f.config, "powervm", 0), 0);
	firmware_again(&f);
	add();
	assert_int_equal(reset_mode(&f, 1), STCE_RTAS_SUCCESS);
	before = locked(&f);
	assert_int_equal(windows_left(&f), 0);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(locked(&f), before);
	assert_false(has_table(&f, f.config.liobn[1], 4 * GIB));
	assert_true(device_follows(f.config.liobn[0], 0x3000, 12));
	/* The low start is one of the hardware's. */
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(windows_left(&f), 1);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(created_start(&f), 0);
}

static void limited_mode_has_starts_of_its_own_for_every_place(void **state)
{
	f.config.limited_start[0] = STCE_PHB_NOWHERE;
	f.config.limited_start[1] = 3 * GIB + PAGE;
	firmware_again(&f);
	assert_int_equal(reset_mode(&f, 1), STCE_RTAS_SUCCESS);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	/* The first slot is empty now, but no window may start there. */
	assert_int_equal(windows_left(&f), 1);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(create(&f, 12, 30), STCE_RTAS_SUCCESS);
	assert_int_equal(f.ret[1], f.config.liobn[1]);
	assert_int_equal(created_start(&f), 3 * GIB + PAGE);
	assert_true(has_table(&f, f.config.liobn[1], 3 * GIB + PAGE));
	assert_int_equal(windows_left(&f), 0);
}

static void a_bridge_without_limited_mode_takes_three_arguments_only(void **state)
{
	f.config.limited_start[0] = f.config.limited_start[1] = STCE_PHB_NOWHERE;
	firmware_again(&f);
	assert_int_equal(reset_mode(&f, 1), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(reset(&f), STCE_RTAS_SUCCESS);
}

static void a_bridge_of_one_window_wants_the_default_gone_first(void **state)
{
	f.config.window_count = 1;
	firmware_again(&f);
	assert_int_equal(windows_left(&f), 0);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(windows_left(&f), 1);
	assert_int_equal(create(&f, 16, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(windows_left(&f), 0);
}

static uint64_t block(void)
{
	assert_int_equal(query(&f, 6), 0);
	return (uint64_t)f.ret[2] << 32 | f.ret[3];
}

static void the_largest_block_can_be_had_and_twice_it_cannot(void **state)
{
	uint64_t n;

	add();
	n = block();
	assert_true(n > 0);
	assert_int_equal(create(&f, 12, log2_of(n) + 13), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(create(&f, 12, log2_of(n) + 12), STCE_RTAS_SUCCESS);
}

static void the_largest_block_shrinks_with_locked_memory(void **state)
{
	uint64_t alone, with_group;

	firmware_stop(&f);
	firmware_start_with(&f, "power9", "memlock", "64M");
	alone = block();
	add();
	with_group = block();
	assert_true(with_group && with_group < alone);
	/* A window of this block can be made with the largest page on offer; then less is left. */
	assert_int_equal(create(&f, 16, log2_of(with_group) + 17), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(create(&f, 16, log2_of(with_group) + 16), STCE_RTAS_SUCCESS);
	assert_true(block() < with_group);
}

static void what_is_not_a_group_of_the_container_is_refused(void **state)
{
	int other = second_container(), device = (int)get_device(f.v.c.group, FIRST);

	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.group, f.v.c.group), -EINVAL);
	assert_int_equal(stce_phb_add_group(f.phb, -1, f.v.c.group), -EBADF);
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, -1), -EBADF);
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, device), -EINVAL);
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, f.v.c.second), -EINVAL);
	stce_close(device);
	stce_close(other);
	add();
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_group_gets_the_default_window),
		T(a_created_window_reaches_the_hardware),
		T(a_group_that_comes_late_gets_all_windows),
		T(a_late_group_gets_the_high_window_alone),
		T(groups_of_one_container_share_its_windows),
		T(every_container_gets_every_window),
		T(failure_half_way_leaves_nothing),
		T(a_liobn_that_is_taken_leaves_nothing),
		T(every_allocation_of_a_create_may_fail),
		T(the_last_window_brings_the_default_back),
		T(a_reset_always_brings_the_default_back),
		T(limited_mode_keeps_windows_low),
		T(limited_mode_of_a_hypervisor_has_two_low_windows),
		T(limited_mode_with_a_group_offers_no_window_where_the_hardware_has_none),
		T(limited_mode_has_starts_of_its_own_for_every_place),
		T(a_bridge_without_limited_mode_takes_three_arguments_only),
		T(a_bridge_of_one_window_wants_the_default_gone_first),
		T(the_largest_block_can_be_had_and_twice_it_cannot),
		T(the_largest_block_shrinks_with_locked_memory),
		T(what_is_not_a_group_of_the_container_is_refused),
	};

	return cmocka_run_group_tests_name("windows of a bridge", tests, NULL, NULL);
}
