/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers and groups: states, errnos, lifetimes. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"

static void an_empty_container_answers_only_what_needs_no_iommu(void **state)
{
	struct client c;

	client_start(&c, NULL);
	c.container = open_container(&c);
	assert_int_equal(stce_ioctl(c.container, VFIO_GET_API_VERSION, NULL), 0);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_v2_IOMMU), -EINVAL);
	assert_int_equal(map_dma(c.container, NULL, 0, PAGE, RW), -EINVAL);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_ENABLE, NULL), -EINVAL);
	assert_int_equal(stce_ioctl(c.container, 0x3bff, NULL), -EINVAL);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, NULL), -EINVAL);
	client_stop(&c);
}

static void type1_is_not_there_and_spapr_is(void **state)
{
	static const struct { long extension, answer; } rows[] = {
		{ VFIO_TYPE1_IOMMU, 0 }, { VFIO_TYPE1v2_IOMMU, 0 }, { VFIO_SPAPR_TCE_IOMMU, 1 },
		{ VFIO_EEH, 1 }, { VFIO_SPAPR_TCE_v2_IOMMU, 1 }, { VFIO_NOIOMMU_IOMMU, 0 },
		{ 0, 0 }, { 0xffffffff, 0 },
	};
	struct client c;

	client_start(&c, NULL);
	c.container = open_container(&c);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(stce_ioctl(c.container, VFIO_CHECK_EXTENSION, (void *)rows[i].extension),
				 rows[i].answer);
	client_stop(&c);
}

static void set_iommu_takes_a_type_that_exists_once(void **state)
{
	struct client c;

	client_start(&c, NULL);
	client_open(&c, 0);
	assert_int_equal(set_iommu(c.container, 0), -ENODEV);
	assert_int_equal(set_iommu(c.container, VFIO_TYPE1_IOMMU), -ENODEV);
	assert_int_equal(set_iommu(c.container, VFIO_NOIOMMU_IOMMU), -ENODEV);
	assert_int_equal(set_iommu(c.container, VFIO_EEH), -EINVAL);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_v2_IOMMU), -EINVAL);
	assert_int_equal(set_iommu(c.container, VFIO_TYPE1_IOMMU), -EINVAL);
	assert_int_equal(stce_ioctl(c.container, 0x3bff, NULL), -ENOTTY);
	client_stop(&c);
}

static void a_group_opens_once(void **state)
{
	struct client c;

	client_start(&c, NULL);
	c.group = open_group(&c, 1);
	assert_int_equal(open_group(&c, 1), -EBUSY);
	assert_int_equal(stce_open(c.machine, "/dev/vfio/1", O_RDONLY), -EBUSY);
	assert_int_equal(stce_open(c.machine, "/dev/vfio/7", O_RDWR), STCE_NOT_OURS);
	stce_close(c.group);
	c.group = open_group(&c, 1);
	assert_true(c.group >= 0);
	client_stop(&c);
}

static void group_status_follows_argsz_and_container(void **state)
{
	struct vfio_group_status s = { .argsz = 7 };
	struct client c;

	client_start(&c, NULL);
	c.container = open_container(&c);
	c.group = open_group(&c, 1);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_GET_STATUS, &s), -EINVAL);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_GET_STATUS, NULL), -EFAULT);
	s.argsz = 4096;
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_GET_STATUS, &s), 0);
	assert_int_equal(s.argsz, 4096);
	assert_int_equal(s.flags, 1);
	assert_int_equal(set_container(c.group, c.container), 0);
	assert_int_equal(group_flags(c.group), 3);
	client_stop(&c);
}

static void set_container_checks_the_descriptor_first(void **state)
{
	struct client c;
	int zero = open("/dev/zero", O_RDONLY), path = open("/dev/zero", O_PATH);

	client_start(&c, NULL);
	c.container = open_container(&c);
	c.group = open_group(&c, 1);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_SET_CONTAINER, NULL), -EFAULT);
	assert_int_equal(set_container(c.group, -1), -EBADF);
	assert_int_equal(set_container(c.group, AT_FDCWD), -EBADF);
	assert_int_equal(set_container(c.group, path), -EBADF);
	assert_int_equal(set_container(c.group, zero), -EBADFD);
	assert_int_equal(set_container(c.group, c.group), -EBADFD);
	assert_int_equal(set_container(c.group, c.container), 0);
	assert_int_equal(set_container(c.group, -1), -EBADF);
	assert_int_equal(set_container(c.group, zero), -EINVAL);
	assert_int_equal(set_container(c.group, c.container), -EINVAL);
	client_stop(&c);
	close(path);
	close(zero);
}

static void a_device_is_asked_for_by_name_then_state(void **state)
{
	static char long_name[1 << 17];
	struct client c;
	long a, b;

	client_start(&c, NULL);
	c.container = open_container(&c);
	c.group = open_group(&c, 1);
	assert_int_equal(get_device(c.group, NULL), -EFAULT);
	assert_int_equal(get_device(c.group, SECOND), -ENODEV);
	/* [linux] A name of up to a page is read, and no device has this one. */
	memset(long_name, 'x', sizeof(long_name) - 1);
	assert_int_equal(get_device(c.group, long_name), -EINVAL);
	long_name[600] = '\0';
	assert_int_equal(get_device(c.group, long_name), -ENODEV);
	assert_int_equal(get_device(c.group, FIRST), -EINVAL);
	assert_int_equal(set_container(c.group, c.container), 0);
	assert_int_equal(get_device(c.group, FIRST), -EINVAL);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	a = get_device(c.group, FIRST);
	b = get_device(c.group, FIRST);
	assert_true(a >= 0 && b >= 0 && a != b);
	assert_true(fcntl((int)a, F_GETFD) & FD_CLOEXEC);
	stce_close((int)a);
	stce_close((int)b);
	client_stop(&c);
}

/* The answers are those of Linux 6.12. */
static void only_blanks_may_follow_a_device_s_name(void **state)
{
	static const struct {
		const char *name;
		long error;
	} cases[] = {
		{ FIRST " ", 0 }, { FIRST "   ", 0 }, { FIRST "x", -ENODEV }, { FIRST "\t", -ENODEV },
		{ FIRST "\n", -ENODEV }, { FIRST " x", -EINVAL }, { FIRST " \n", -EINVAL },
		{ FIRST " vf_token=", -EINVAL },
		{ FIRST " vf_token=2ab74924-c335-45f4-9b16-8569e5b08258", -EINVAL },
		{ " " FIRST, -ENODEV }, { "0000:01:00.", -ENODEV }, { "", -ENODEV },
	};
	struct client c;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		long r = get_device(c.group, cases[i].name);

		assert_int_equal(r < 0 ? r : 0, cases[i].error);
		if (r >= 0)
			stce_close((int)r);
	}
	client_stop(&c);
}

static void unset_waits_for_device_files_and_ends_the_iommu(void **state)
{
	struct client c;
	long device;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	device = get_device(c.group, FIRST);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), -EBUSY);
	stce_close((int)device);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), -EINVAL);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, NULL), -EINVAL);
	assert_int_equal(set_container(c.group, c.container), 0);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_IOMMU), 0);
	client_stop(&c);
}

static void a_closed_container_lives_on_in_its_group(void **state)
{
	struct client c;
	char *p, x = 0;
	long device;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	p = client_memory(&c, 1);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	stce_close(c.container);
	c.container = -1;
	assert_int_equal(group_flags(c.group), 3);
	p[5] = 'x';
	assert_int_equal(device_read(&c, 5, &x, 1), 0);
	assert_int_equal(x, 'x');
	device = get_device(c.group, FIRST);
	assert_true(device >= 0);
	stce_close((int)device);
	client_stop(&c);
	drop_pages(p, 1);
}

static void a_device_file_keeps_its_group_busy(void **state)
{
	struct client c;
	long device;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	device = get_device(c.group, FIRST);
	stce_close(c.group);
	c.group = -1;
	assert_int_equal(open_group(&c, 1), -EBUSY);
	stce_close((int)device);
	c.group = open_group(&c, 1);
	assert_true(c.group >= 0);
	assert_int_equal(group_flags(c.group), 1);
	client_stop(&c);
}

static void v1_takes_one_group(void **state)
{
	struct client c;

	client_start(&c, NULL);
	client_open(&c, 0);
	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, c.container), 0);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_IOMMU), -EBUSY);
	assert_int_equal(stce_ioctl(c.second, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_IOMMU), 0);
	assert_int_equal(set_container(c.second, c.container), -EBUSY);
	assert_int_equal(group_flags(c.second), 1);
	client_stop(&c);
}

static void a_group_has_one_container(void **state)
{
	struct client c;
	int other;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	other = open_container(&c);
	assert_int_equal(set_container(c.group, other), -EINVAL);
	stce_close(other);
	client_stop(&c);
}

static void files_have_no_other_operations(void **state)
{
	struct client c;
	char byte;
	void *p;

	client_start(&c, NULL);
	c.container = open_container(&c);
	c.group = open_group(&c, 1);
	assert_int_equal(stce_read(c.container, &byte, 1), -EINVAL);
	assert_int_equal(stce_write(c.group, &byte, 1), -EINVAL);
	assert_int_equal(stce_mmap(c.container, NULL, PAGE, PROT_READ, MAP_SHARED, 0, &p), -ENODEV);
	assert_int_equal(stce_ioctl(c.group, VFIO_IOMMU_MAP_DMA, NULL), -ENOTTY);
	assert_int_equal(stce_ioctl(-1, VFIO_GET_API_VERSION, NULL), -EBADF);
	client_stop(&c);
}

static void duplicates_share_one_file(void **state)
{
	struct client c;
	int copy;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	copy = dup(c.group);
	stce_duplicated(c.group, copy);
	stce_close(c.group);
	assert_int_equal(group_flags(copy), 3);
	assert_int_equal(open_group(&c, 1), -EBUSY);
	c.group = copy;
	client_stop(&c);
}

static void the_host_s_bypass_is_there_until_a_container_takes_the_pe(void **state)
{
	struct client c;
	char word[4] = "tce", got[4] = "";
	uint64_t bus = HIGH | (uintptr_t)word;

	client_start(&c, NULL);
	assert_int_equal(device_read(&c, bus, got, 4), 0);
	assert_string_equal(got, "tce");
	assert_int_equal(device_read(&c, 0, got, 4), -EFAULT);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(device_read(&c, bus, got, 4), -EFAULT);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(device_read(&c, bus, got, 4), 0);
	client_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_container_answers_only_what_needs_no_iommu),
		cmocka_unit_test(type1_is_not_there_and_spapr_is),
		cmocka_unit_test(set_iommu_takes_a_type_that_exists_once),
		cmocka_unit_test(a_group_opens_once),
		cmocka_unit_test(group_status_follows_argsz_and_container),
		cmocka_unit_test(set_container_checks_the_descriptor_first),
		cmocka_unit_test(a_device_is_asked_for_by_name_then_state),
		cmocka_unit_test(only_blanks_may_follow_a_device_s_name),
		cmocka_unit_test(unset_waits_for_device_files_and_ends_the_iommu),
		cmocka_unit_test(a_closed_container_lives_on_in_its_group),
		cmocka_unit_test(a_device_file_keeps_its_group_busy),
		cmocka_unit_test(v1_takes_one_group),
		cmocka_unit_test(a_group_has_one_container),
		cmocka_unit_test(files_have_no_other_operations),
		cmocka_unit_test(duplicates_share_one_file),
		cmocka_unit_test(the_host_s_bypass_is_there_until_a_container_takes_the_pe),
	};

	return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
