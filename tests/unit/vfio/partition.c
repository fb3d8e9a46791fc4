/* SPDX-License-Identifier: BSD-2-Clause */
/* A partition, such as a KVM guest, where firmware makes the windows. */
#include "testing.h"

#include <errno.h>

#include "client.h"

static void open_partition(struct client *c, const char *option, const char *value)
{
	client_start(c, "platform", "pseries", option, value, NULL);
	client_open(c, VFIO_SPAPR_TCE_v2_IOMMU);
}

static void one_level_and_a_default_window_of_1g_are_told(void **state)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	struct client c;

	open_partition(&c, NULL, NULL);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
	assert_int_equal(info.dma32_window_start, 0);
	assert_int_equal(info.dma32_window_size, GIB);
	assert_int_equal(info.ddw.pgsizes, 0x1211000);
	assert_int_equal(info.ddw.max_dynamic_windows_supported, 2);
	assert_int_equal(info.ddw.levels, 1);
	client_stop(&c);
}

static void the_first_window_is_high_and_the_device_reaches_it(void **state)
{
	struct client c;
	uint64_t start;
	char *p, x = 0;

	open_partition(&c, NULL, NULL);
	p = client_memory(&c, 1);
	p[0] = 'h';
	assert_int_equal(remove_window(c.container, 0), 0);
	assert_int_equal(create_window(c.container, 12, 2 * GIB, 1, &start), 0);
	assert_int_equal(start, HIGH);
	assert_int_equal(map_dma(c.container, p, HIGH, PAGE, RW), 0);
	assert_int_equal(device_read(&c, HIGH, &x, 1), 0);
	assert_int_equal(x, 'h');
	assert_int_equal(device_read(&c, 0, &x, 1), -EFAULT);
	assert_int_equal(remove_window(c.container, HIGH), 0);
	assert_int_equal(device_read(&c, HIGH, &x, 1), -EFAULT);
	client_stop(&c);
}

static void a_window_like_the_default_one_is_low(void **state)
{
	struct client c;
	uint64_t start = 1;

	open_partition(&c, NULL, NULL);
	assert_int_equal(remove_window(c.container, 0), 0);
	assert_int_equal(create_window(c.container, 12, GIB, 0, &start), 0);
	assert_int_equal(start, 0);
	assert_int_equal(create_window(c.container, 12, GIB, 1, &start), 0);
	assert_int_equal(start, HIGH);
	assert_int_equal(create_window(c.container, 12, GIB, 1, NULL), -ENOSPC);
	client_stop(&c);
}

static void a_refusal_costs_nothing_and_is_not_the_last_word(void **state)
{
	struct client c;
	uint64_t locked;

	open_partition(&c, NULL, NULL);
	assert_int_equal(remove_window(c.container, 0), 0);
	assert_int_equal(create_window(c.container, 16, GIB, 1, NULL), 0);
	locked = locked_kb(&c);
	assert_int_equal(create_window(c.container, 12, GIB, 1, NULL), -ENODEV);
	assert_int_equal(create_window(c.container, 12, GIB, 2, NULL), -EINVAL);
	assert_int_equal(locked_kb(&c), locked);
	assert_int_equal(remove_window(c.container, HIGH), 0);
	assert_int_equal(create_window(c.container, 16, GIB, 1, NULL), 0);
	client_stop(&c);
}

static void no_low_window_comes_beside_the_high_one(void **state)
{
	struct client c;

	open_partition(&c, NULL, NULL);
	assert_int_equal(create_window(c.container, 16, GIB, 1, NULL), 0);
	assert_int_equal(remove_window(c.container, 0), 0);
	assert_int_equal(create_window(c.container, 12, GIB, 1, NULL), -EPERM);
	assert_int_equal(create_window(c.container, 16, GIB, 1, NULL), -EPERM);
	assert_int_equal(remove_window(c.container, HIGH), 0);
	assert_int_equal(create_window(c.container, 12, GIB, 1, NULL), 0);
	client_stop(&c);
}

static void a_table_is_charged_once_in_whole_pages(void **state)
{
	struct client c;

	open_partition(&c, "page-size", "64K");
	assert_int_equal(create_window(c.container, 12, 2 * GIB, 1, NULL), 0);
	assert_int_equal(locked_kb(&c), 2048 + 4096);
	assert_int_equal(remove_window(c.container, HIGH), 0);
	assert_int_equal(create_window(c.container, 16, GIB, 1, NULL), 0);
	assert_int_equal(locked_kb(&c), 2048 + 128);
	assert_int_equal(remove_window(c.container, HIGH), 0);
	assert_int_equal(create_window(c.container, 24, GIB, 1, NULL), 0);
	assert_int_equal(locked_kb(&c), 2048);
	client_stop(&c);
}

static void groups_have_no_window_in_common(void **state)
{
	struct client c;
	char *p;

	open_partition(&c, NULL, NULL);
	p = client_memory(&c, 1);
	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, c.container), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), -EPERM);
	assert_int_equal(create_window(c.container, 16, GIB, 1, NULL), -EPERM);
	assert_int_equal(stce_ioctl(c.second, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(set_container(c.second, c.container), -EPERM);
	client_stop(&c);
}

/* [linux vfio_pci_ioctl_pci_hot_reset] A call without groups is refused for that first. */
static void no_bridge_resets_the_bus(void **state)
{
	uint32_t info[16] = { sizeof(info) }, reset[4] = { sizeof(reset), 0, 0 };
	struct client c;
	int device;

	open_partition(&c, NULL, NULL);
	device = (int)get_device(c.group, FIRST);
	assert_true(device >= 0);
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info), -ENODEV);
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, reset), -EINVAL);
	reset[2] = 1;
	reset[3] = (uint32_t)c.group;
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, reset), -ENODEV);
	stce_close(device);
	client_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_level_and_a_default_window_of_1g_are_told),
		cmocka_unit_test(the_first_window_is_high_and_the_device_reaches_it),
		cmocka_unit_test(a_window_like_the_default_one_is_low),
		cmocka_unit_test(a_refusal_costs_nothing_and_is_not_the_last_word),
		cmocka_unit_test(no_low_window_comes_beside_the_high_one),
		cmocka_unit_test(a_table_is_charged_once_in_whole_pages),
		cmocka_unit_test(groups_have_no_window_in_common),
		cmocka_unit_test(no_bridge_resets_the_bus),
	};

	return cmocka_run_group_tests_name("vfio/partition", tests, NULL, NULL);
}
