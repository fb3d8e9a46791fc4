/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two functions of one bus in one group. The cases of hot reset, and of a function that a host's
 * driver has, were also run on Linux 6.12 with two functions of one NVMe device, and gave these
 * answers.
 */
#include "testing.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "client.h"
#include "spapr-tce/dmatest.h"

#define SIBLING "0000:01:00.1"
#define CONFIG  ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)

static struct client c;
static int device[2];      /* FIRST and SIBLING */

static int open_device(const char *name)
{
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	int fd = (int)get_device(c.group, name);

	assert_true(fd >= 0);
	assert_int_equal(stce_pwrite(fd, &command, sizeof(command), CONFIG + PCI_COMMAND), sizeof(command));
	return fd;
}

/* They are opened in the opposite order of their addresses. */
static int start(void **state)
{
	client_start(&c, "device", "dmatest,addr=" SIBLING ",group=1", NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	device[0] = open_device(FIRST);
	device[1] = open_device(SIBLING);
	return 0;
}

static int stop(void **state)
{
	for (int i = 0; i < 2; i++)
		if (device[i] >= 0)
			stce_close(device[i]);
	client_stop(&c);
	return 0;
}

static void set_source(int fd, uint64_t value)
{
	assert_int_equal(stce_pwrite(fd, &value, sizeof(value), STCE_DMATEST_SOURCE), sizeof(value));
}

static uint64_t source(int fd)
{
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	uint64_t value;

	/* A reset may have turned its BARs off. */
	assert_int_equal(stce_pwrite(fd, &command, sizeof(command), CONFIG + PCI_COMMAND), sizeof(command));
	assert_int_equal(stce_pread(fd, &value, sizeof(value), STCE_DMATEST_SOURCE), sizeof(value));
	return value;
}

static void close_device(int n)
{
	stce_close(device[n]);
	device[n] = -1;
}

static void each_function_has_registers_of_its_own(void **state)
{
	set_source(device[0], 1);
	set_source(device[1], 2);
	assert_int_equal(source(device[0]), 1);
	assert_int_equal(source(device[1]), 2);
	close_device(0);
	device[0] = open_device(FIRST);
	assert_int_equal(source(device[0]), 0);
	assert_int_equal(source(device[1]), 2);
}

static void copy(int fd, uint64_t to, uint64_t from, uint64_t length)
{
	uint32_t command = STCE_DMATEST_COPY;

	stce_pwrite(fd, &from, 8, STCE_DMATEST_SOURCE);
	stce_pwrite(fd, &to, 8, STCE_DMATEST_TARGET);
	stce_pwrite(fd, &length, 8, STCE_DMATEST_LENGTH);
	stce_pwrite(fd, &command, 4, STCE_DMATEST_COMMAND);
}

static void both_reach_what_the_one_window_shows(void **state)
{
	char *p = client_memory(&c, 3);

	assert_int_equal(map_dma(c.container, p, 0, 3 * PAGE, RW), 0);
	strcpy(p, "handed on");
	copy(device[0], PAGE, 0, 10);
	copy(device[1], 2 * PAGE, PAGE, 10);
	assert_string_equal(p + 2 * PAGE, "handed on");
	close_device(0);
	close_device(1);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	drop_pages(p, 3);
}

static void the_group_waits_for_the_devices_of_both(void **state)
{
	close_device(1);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), -EBUSY);
	stce_close(c.group);
	c.group = -1;
	assert_int_equal(open_group(&c, 1), -EBUSY);
	close_device(0);
	c.group = open_group(&c, 1);
	assert_true(c.group >= 0);
}

static void hot_reset_info_names_both(void **state)
{
	struct vfio_pci_hot_reset_info *info = (void *)(uint32_t[16]){ sizeof(*info) };

	assert_int_equal(stce_ioctl(device[1], VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info), -ENOSPC);
	assert_int_equal(info->count, 2);
	info->argsz = sizeof(*info) + 2 * sizeof(info->devices[0]);
	assert_int_equal(stce_ioctl(device[1], VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(info->devices[i].group_id, 1);
		assert_int_equal(info->devices[i].bus, 1);
		assert_int_equal(info->devices[i].devfn, i);
	}
}

static void a_hot_reset_reaches_both(void **state)
{
	struct vfio_pci_hot_reset *hot = (void *)(int32_t[8]){ 32, 0, 1, c.group, c.group, c.group };

	for (uint32_t count = 1; count <= 2; count++) {
		set_source(device[0], 1);
		set_source(device[1], 2);
		hot->count = count;
		assert_int_equal(stce_ioctl(device[0], VFIO_DEVICE_PCI_HOT_RESET, hot), 0);
		assert_int_equal(source(device[0]), 0);
		assert_int_equal(source(device[1]), 0);
	}
	set_source(device[1], 2);
	hot->count = 3;
	assert_int_equal(stce_ioctl(device[0], VFIO_DEVICE_PCI_HOT_RESET, hot), -EINVAL);
	hot->count = 2;
	hot->group_fds[1] = device[1];
	assert_int_equal(stce_ioctl(device[0], VFIO_DEVICE_PCI_HOT_RESET, hot), -EINVAL);
	assert_int_equal(source(device[1]), 2);
}

static void a_reset_of_the_pe_reaches_both(void **state)
{
	struct vfio_eeh_pe_op op = { .argsz = sizeof(op), .op = VFIO_EEH_PE_RESET_HOT };

	set_source(device[0], 1);
	set_source(device[1], 2);
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &op), 0);
	op.op = VFIO_EEH_PE_RESET_DEACTIVATE;
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &op), 0);
	assert_int_equal(source(device[0]), 0);
	assert_int_equal(source(device[1]), 0);
}

static void a_group_with_a_function_of_the_host_is_not_viable(void **state)
{
	struct client h;

	client_start(&h, "device", "dmatest,addr=" SIBLING ",group=1,host-driver=nvme",
		     "device", "dmatest,addr=0000:03:00.0,group=3,host-driver=nvme", NULL);
	h.container = open_container(&h);
	h.group = open_group(&h, 1);
	assert_true(h.group >= 0);
	assert_int_equal(group_flags(h.group), 0);
	assert_int_equal(set_container(h.group, h.container), -EPERM);
	assert_int_equal(group_flags(h.group), 0);
	assert_int_equal(get_device(h.group, SIBLING), -ENODEV);
	assert_int_equal(get_device(h.group, FIRST), -EINVAL);
	h.second = open_group(&h, 2);
	assert_int_equal(group_flags(h.second), VFIO_GROUP_FLAGS_VIABLE);
	/* A group without any function of vfio-pci has no file. */
	assert_int_equal(stce_open(h.machine, "/dev/vfio/3", 2), -ENOENT);
	client_stop(&h);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_function_has_registers_of_its_own),
		TEST(both_reach_what_the_one_window_shows),
		TEST(the_group_waits_for_the_devices_of_both),
		TEST(hot_reset_info_names_both),
		TEST(a_hot_reset_reaches_both),
		TEST(a_reset_of_the_pe_reaches_both),
		cmocka_unit_test(a_group_with_a_function_of_the_host_is_not_viable),
	};

	return cmocka_run_group_tests_name("shared group", tests, NULL, NULL);
}
