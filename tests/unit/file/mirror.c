/* SPDX-License-Identifier: BSD-2-Clause */
/* The mirror of /sys and /dev: the paths that lead there, its content, its removal. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file/mirror.h"
#include "file/tree.h"

static char directory[64];

static const uint64_t bars[] = { 16 * KIB, 0, 0, 0, 0, 0 };

static int start(void **state)
{
	static const struct mirror_function function = {
		.address = "0000:01:00.0", .group = 7, .driver = "vfio-pci",
		.vendor = 0x1234, .device = 0x7ce1, .subsystem_vendor = 0x1234, .subsystem = 1,
		.class_code = 0x010802, .numa_node = 3, .bar_size = bars, .bar_count = 6,
	};

	strcpy(directory, "/tmp/spapr-tce-mirror-XXXXXX");
	if (!mkdtemp(directory) || mirror_create(directory))
		return -1;
	return mirror_add_function(directory, &function);
}

static int stop(void **state)
{
	int fd = tree_open(directory);

	tree_remove(fd, directory);
	close(fd);
	return access(directory, F_OK) ? 0 : -1;
}

static const char *lead(const char *path)
{
	static char buffer[256];

	return mirror_path(directory, path, buffer, sizeof(buffer));
}

static bool leads_in(const char *path)
{
	const char *to = lead(path);

	return to != path && !strncmp(to, directory, strlen(directory)) &&
	       !strcmp(to + strlen(directory), path);
}

static void paths_of_devices_and_groups_lead_into_the_mirror(void **state)
{
	assert_true(leads_in("/sys/bus/pci/devices"));
	assert_true(leads_in("/sys/bus/pci/devices/0000:01:00.0/config"));
	assert_true(leads_in("/sys/kernel/iommu_groups/7/devices"));
	assert_true(leads_in("/sys/bus/pci/drivers/vfio-pci"));
	assert_true(leads_in("/sys/bus/pci/drivers/nvme/unbind"));
	assert_true(leads_in("/dev/vfio"));
	assert_true(leads_in("/dev/vfio/7"));
}

static void other_paths_stay(void **state)
{
	static const char *const paths[] = {
		"/dev/vfiox", "/dev/vfi", "/sys/bus/pci/devicesx", "/sys/bus/pci", "/sys", "", "dev/vfio",
		"/dev/null", "/sys/class/net", "/sys/bus/pci/drivers_probe",
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(paths); i++)
		assert_ptr_equal(lead(paths[i]), paths[i]);
}

static void a_buffer_that_is_too_small_changes_nothing(void **state)
{
	char small[20];
	const char *path = "/dev/vfio/7";

	assert_ptr_equal(mirror_path(directory, path, small, sizeof(small)), path);
}

static void expect_text(const char *path, const char *expected)
{
	char text[512] = "";
	int fd = open(lead(path), O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	assert_true(n > 0);
	assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
}

static void values_read_as_sysfs_prints_them(void **state)
{
	expect_text("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x1234\n");
	expect_text("/sys/bus/pci/devices/0000:01:00.0/device", "0x7ce1\n");
	expect_text("/sys/bus/pci/devices/0000:01:00.0/class", "0x010802\n");
	expect_text("/sys/bus/pci/devices/0000:01:00.0/driver_override", "vfio-pci\n");
	expect_text("/sys/bus/pci/devices/0000:01:00.0/numa_node", "3\n");
}

static void links_go_where_they_go_on_linux(void **state)
{
	char path[256], real[4096], expected[4096];

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/0000:01:00.0/iommu_group", directory);
	snprintf(expected, sizeof(expected), "%s/sys/kernel/iommu_groups/7", directory);
	assert_non_null(realpath(path, real));
	assert_string_equal(real, expected);
	snprintf(path, sizeof(path), "%s/sys/kernel/iommu_groups/7/devices/0000:01:00.0", directory);
	snprintf(expected, sizeof(expected), "%s/sys/bus/pci/devices/0000:01:00.0", directory);
	assert_non_null(realpath(path, real));
	assert_string_equal(real, expected);
}

static void a_driver_comes_and_goes(void **state)
{
	const char *address = "0000:01:00.0";

	assert_true(mirror_is_bound(directory, address, "vfio-pci"));
	assert_false(mirror_is_bound(directory, address, "vfio"));
	assert_int_equal(mirror_bind(directory, address, "vfio-pci"), -EEXIST);
	assert_int_equal(mirror_unbind(directory, address), 0);
	assert_false(mirror_is_bound(directory, address, "vfio-pci"));
	assert_int_equal(mirror_unbind(directory, address), -ENOENT);
	/* A program may write anything there. */
	assert_int_equal(symlink("vfio-pci", lead("/sys/bus/pci/devices/0000:01:00.0/driver")), 0);
	assert_false(mirror_is_bound(directory, address, "vfio-pci"));
	assert_int_equal(mirror_unbind(directory, address), 0);
	assert_int_equal(mirror_bind(directory, address, "vfio-pci"), 0);
	assert_true(mirror_is_bound(directory, address, "vfio-pci"));
}

static void the_nodes_are_there(void **state)
{
	assert_int_equal(access(lead("/dev/vfio/vfio"), F_OK), 0);
	assert_int_equal(access(lead("/dev/vfio/7"), F_OK), 0);
	assert_int_not_equal(access(lead("/dev/vfio/8"), F_OK), 0);
}

static void a_function_of_the_host_s_driver_has_no_node(void **state)
{
	static const struct mirror_function own = {
		.address = "0000:02:00.0", .group = 2, .driver = "nvme",
	};
	char path[256], target[64] = "";

	assert_int_equal(mirror_add_function(directory, &own), 0);
	assert_int_not_equal(access(lead("/dev/vfio/2"), F_OK), 0);
	assert_int_equal(access(lead("/sys/kernel/iommu_groups/2/devices/0000:02:00.0/vendor"), F_OK), 0);
	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/0000:02:00.0/driver", directory);
	assert_true(readlink(path, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "../../../../bus/pci/drivers/nvme");
	assert_int_equal(access(lead("/sys/bus/pci/devices/0000:02:00.0/driver/."), F_OK), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_of_devices_and_groups_lead_into_the_mirror),
		TEST(other_paths_stay),
		TEST(a_buffer_that_is_too_small_changes_nothing),
		TEST(values_read_as_sysfs_prints_them),
		TEST(links_go_where_they_go_on_linux),
		TEST(the_nodes_are_there),
		TEST(a_driver_comes_and_goes),
		TEST(a_function_of_the_host_s_driver_has_no_node),
	};

	return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
