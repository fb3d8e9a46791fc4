/* SPDX-License-Identifier: BSD-2-Clause */
/* The mirror of /sys and /dev: the paths that lead there, its content, its removal. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/mirror.h"
#include "file/tree.h"

static char directory[64];

static const uint64_t bars[] = { 16 * KIB, 0, 0, 0, 0, 0 };

/* Device 1234:7ce1, class 010802, revision 5, subsystem 1234:1, a 64-bit BAR and a pin. */
static const uint8_t config[256] = {
	0x34, 0x12, 0xe1, 0x7c, [8] = 5, 2, 8, 1, [16] = 4, [0x2c] = 0x34, 0x12, 1, 0, [0x3d] = 1,
};

static int start(void **state)
{
	static const struct mirror_function function = {
		.address = "0000:01:00.0", .group = 7, .driver = "vfio-pci", .config = config, .config_size = 256,
		.numa_node = 3, .bar_size = bars, .bar_count = 6,
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
	assert_true(leads_in("/sys/bus/pci/drivers_probe"));
	assert_true(leads_in("/sys/devices/pci0000:01/0000:01:00.0/config"));
	assert_true(leads_in("/sys/module/vfio/parameters"));
	assert_true(leads_in("/sys/module/vfio_iommu_spapr_tce"));
	assert_true(leads_in("/dev/vfio"));
	assert_true(leads_in("/dev/vfio/7"));
}

static void other_paths_stay(void **state)
{
	static const char *const paths[] = {
		"/dev/vfiox", "/dev/vfi", "/sys/bus/pcix", "/sys/bus", "/sys", "", "dev/vfio",
		"/dev/null", "/sys/class/net", "/sys/devices", "/sys/devices/system", "/sys/module/vfio_pci_core",
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
	expect_text("/sys/bus/pci/devices/0000:01:00.0/subsystem_device", "0x0001\n");
	expect_text("/sys/bus/pci/devices/0000:01:00.0/revision", "0x05\n");
	expect_text("/sys/bus/pci/devices/0000:01:00.0/enable", "0\n");
	expect_text("/sys/bus/pci/devices/0000:01:00.0/modalias",
		    "pci:v00001234d00007CE1sv00001234sd00000001bc01sc08i02\n");
	expect_text("/sys/bus/pci/devices/0000:01:00.0/uevent",
		    "DRIVER=vfio-pci\nPCI_CLASS=10802\nPCI_ID=1234:7CE1\nPCI_SUBSYS_ID=1234:0001\n"
		    "PCI_SLOT_NAME=0000:01:00.0\nMODALIAS=pci:v00001234d00007CE1sv00001234sd00000001bc01sc08i02\n");
	expect_text("/sys/kernel/iommu_groups/7/name", "domain0-pe7\n");
	expect_text("/sys/kernel/iommu_groups/7/type", "unknown\n");
	expect_text("/sys/module/vfio_pci/parameters/enable_sriov", "N\n");
}

static void links_go_where_they_go_on_linux(void **state)
{
	char path[256], real[4096], expected[4096];

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/0000:01:00.0/iommu_group", directory);
	snprintf(expected, sizeof(expected), "%s/sys/kernel/iommu_groups/7", directory);
	assert_non_null(realpath(path, real));
	assert_string_equal(real, expected);
	snprintf(path, sizeof(path), "%s/sys/kernel/iommu_groups/7/devices/0000:01:00.0", directory);
	snprintf(expected, sizeof(expected), "%s/sys/devices/pci0000:01/0000:01:00.0", directory);
	assert_non_null(realpath(path, real));
	assert_string_equal(real, expected);
	assert_non_null(realpath(lead("/sys/bus/pci/drivers/vfio-pci/0000:01:00.0"), real));
	assert_string_equal(real, expected);
	assert_non_null(realpath(lead("/sys/bus/pci/drivers/vfio-pci/module/drivers/pci:vfio-pci"), real));
	assert_string_equal(real, lead("/sys/bus/pci/drivers/vfio-pci"));
}

static void expect_file(const char *name, unsigned int mode, off_t size)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/devices/pci0000:01/0000:01:00.0/%s", name);
	assert_int_equal(stat(lead(path), &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
	assert_int_equal(st.st_size, size);
}

static void files_have_the_permissions_and_sizes_of_linux(void **state)
{
	expect_file("config", 0644, 256);
	expect_file("resource0", 0600, 16 * KIB);
	expect_file("resource", 0444, 13 * 57);
	expect_file("remove", 0220, 0);
	expect_file("reset", 0200, 0);
	expect_file("vendor", 0444, 7);
	expect_file("driver_override", 0644, 9);
	assert_int_not_equal(access(lead("/sys/bus/pci/devices/0000:01:00.0/resource1"), F_OK), 0);
}

static void registers_that_are_read_past_us_are_all_ones(void **state)
{
	FILE *file = fopen(lead("/sys/bus/pci/devices/0000:01:00.0/resource0"), "r");
	size_t ones = 0;

	assert_non_null(file);
	while (getc(file) == 0xff)
		ones++;
	fclose(file);
	assert_int_equal(ones, 16 * KIB);
}

static void bars_in_config_have_the_addresses_in_resource(void **state)
{
	unsigned long long start = 0, config_start = 0;
	int fd = open(lead("/sys/bus/pci/devices/0000:01:00.0/config"), O_RDONLY);
	FILE *file = fopen(lead("/sys/bus/pci/devices/0000:01:00.0/resource"), "r");

	assert_int_equal(pread(fd, &config_start, sizeof(config_start), 16), sizeof(config_start));
	assert_true(file && fscanf(file, "%llx", &start) == 1);
	assert_true(start != 0 && config_start == (start | 4));
	fclose(file);
	close(fd);
}

static void a_driver_comes_and_goes(void **state)
{
	const char *address = "0000:01:00.0";

	assert_true(mirror_is_bound(directory, address, "vfio-pci"));
	assert_false(mirror_is_bound(directory, address, "vfio"));
	assert_int_equal(mirror_bind(directory, address, "vfio-pci"), -EEXIST);
	assert_int_equal(mirror_unbind(directory, address), 0);
	assert_false(mirror_is_bound(directory, address, "vfio-pci"));
	assert_int_not_equal(access(lead("/sys/bus/pci/drivers/vfio-pci/0000:01:00.0"), F_OK), 0);
	expect_text("/sys/bus/pci/devices/0000:01:00.0/uevent", "PCI_CLASS=");
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
		.address = "0000:02:00.0", .group = 2, .driver = "nvme", .config = config, .config_size = 256,
	};
	char path[256], target[64] = "";

	assert_int_equal(mirror_add_function(directory, &own), 0);
	assert_int_not_equal(access(lead("/dev/vfio/2"), F_OK), 0);
	assert_int_equal(access(lead("/sys/kernel/iommu_groups/2/devices/0000:02:00.0/vendor"), F_OK), 0);
	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/0000:02:00.0/driver", directory);
	assert_true(readlink(path, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "../../../bus/pci/drivers/nvme");
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
		TEST(files_have_the_permissions_and_sizes_of_linux),
		TEST(registers_that_are_read_past_us_are_all_ones),
		TEST(bars_in_config_have_the_addresses_in_resource),
		TEST(the_nodes_are_there),
		TEST(a_driver_comes_and_goes),
		TEST(a_function_of_the_host_s_driver_has_no_node),
	};

	return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
