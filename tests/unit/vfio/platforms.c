/* SPDX-License-Identifier: BSD-2-Clause */
/* Bridges before IODA2: each PE has one window, and only VFIO v1 works. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "client.h"

#define MIB_KB 1024ul

static struct vfio_iommu_spapr_tce_info get_info(int container)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info), .ddw.levels = 77 };

	assert_int_equal(stce_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
	return info;
}

static long enable(int container)
{
	return stce_ioctl(container, VFIO_IOMMU_ENABLE, NULL);
}

/*
 * Makes a machine with this many functions, in groups from 1 on. Returns -errno if there can be
 * none.
 */
static int machine_of(const char *platform, unsigned int functions, struct stce_machine **machine)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE], device[64];
	int r;

	assert_int_equal(stce_config_new(&config), 0);
	assert_int_equal(stce_config_set(config, "platform", platform, why), 0);
	for (unsigned int n = 1; n <= functions; n++) {
		snprintf(device, sizeof(device), "dmatest,addr=0000:%02x:00.0,group=%u", n, n);
		assert_int_equal(stce_config_set(config, "device", device, why), 0);
	}
	r = stce_machine_new(config, machine, why);
	if (r)
		assert_int_equal(stce_config_check(config, why), r);
	stce_config_free(config);
	return r;
}

/* Returns VFIO's description of the window of a group's PE. */
static struct vfio_iommu_spapr_tce_info info_of(struct stce_machine *machine, int number)
{
	struct client c = { .machine = machine };
	struct vfio_iommu_spapr_tce_info info;
	int container = open_container(&c), group;
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	group = stce_open(machine, path, O_RDWR);
	assert_true(group >= 0);
	assert_int_equal(set_container(group, container), 0);
	assert_int_equal(set_iommu(container, VFIO_SPAPR_TCE_IOMMU), 0);
	info = get_info(container);
	stce_close(group);
	stce_close(container);
	return info;
}

static void assert_windows(const char *platform, unsigned int functions, uint64_t step, uint64_t size)
{
	struct stce_machine *machine;

	assert_int_equal(machine_of(platform, functions, &machine), 0);
	for (unsigned int n = 0; n < functions; n++) {
		struct vfio_iommu_spapr_tce_info info = info_of(machine, (int)n + 1);

		assert_int_equal(info.flags, 0);
		assert_int_equal(info.dma32_window_start, n * step);
		assert_int_equal(info.dma32_window_size, size);
		assert_int_equal(info.ddw.levels, 0);
		assert_int_equal(info.ddw.pgsizes, 0);
	}
	stce_machine_free(machine);
}

static void ioda1_shares_eight_segments_out(void **state)
{
	assert_windows("ioda1", 1, 0, 2 * GIB);
	assert_windows("ioda1", 2, GIB, GIB);
	assert_windows("ioda1", 3, 512 * MIB, 512 * MIB);
	assert_windows("ioda1", 5, 256 * MIB, 256 * MIB);
	assert_windows("ioda1", 8, 256 * MIB, 256 * MIB);
}

static void a_ninth_pe_gets_no_segment(void **state)
{
	struct stce_machine *machine;

	assert_int_equal(machine_of("ioda1", 9, &machine), -ENOSPC);
}

static void bridges_of_a_p5ioc2_hub_split_its_tces(void **state)
{
	assert_windows("p5ioc2", 1, 0, 2 * GIB);
	assert_windows("p5ioc2", 4, 0, 2 * GIB);
	assert_windows("p5ioc2", 5, 0, GIB);
	assert_windows("p5ioc2", 9, 0, 512 * MIB);
}

static void v2_is_advertised_and_refused(void **state)
{
	static const char *const platforms[] = { "ioda1", "p5ioc2" };

	for (unsigned int i = 0; i < ARRAY_COUNT(platforms); i++) {
		struct client c;

		client_start(&c, "platform", platforms[i], NULL);
		client_open(&c, 0);
		assert_int_equal(stce_ioctl(c.container, VFIO_CHECK_EXTENSION,
					    (void *)(uintptr_t)VFIO_SPAPR_TCE_v2_IOMMU), 1);
		assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_v2_IOMMU), -EPERM);
		/* QEMU then does this. */
		assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_IOMMU), 0);
		assert_int_equal(create_window(c.container, 12, GIB, 1, NULL), -ENOTTY);
		assert_int_equal(remove_window(c.container, 0), -ENOTTY);
		client_stop(&c);
	}
}

static void only_the_window_is_charged_by_enable(void **state)
{
	struct client c;
	char *p = get_pages(1);

	client_start(&c, "platform", "ioda1", NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(locked_kb(&c), 0);
	assert_int_equal(enable(c.container), 0);
	assert_int_equal(locked_kb(&c), 1024 * MIB_KB);
	/* The table existed before, so nothing is charged for it. */
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(locked_kb(&c), 1024 * MIB_KB);
	client_stop(&c);
	drop_pages(p, 1);
}

static void a_pe_reaches_its_own_segments_only(void **state)
{
	struct client c;
	char *p = get_pages(1), x = 0;

	client_start(&c, "platform", "ioda1", NULL);
	c.container = open_container(&c);
	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, c.container), 0);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_IOMMU), 0);
	assert_int_equal(enable(c.container), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), -ENXIO);
	assert_int_equal(map_dma(c.container, p, 2 * GIB, PAGE, RW), -ENXIO);
	assert_int_equal(map_dma(c.container, p, 2 * GIB - PAGE, 2 * PAGE, RW), -EINVAL);
	assert_int_equal(map_dma(c.container, p, GIB, PAGE, RW), 0);
	p[0] = 's';
	assert_int_equal(stce_dma_read(c.machine, 2, GIB, &x, 1), 0);
	assert_int_equal(x, 's');
	assert_int_equal(stce_dma_read(c.machine, 2, 0, &x, 1), -EFAULT);
	assert_int_equal(stce_dma_read(c.machine, 2, HIGH | GIB, &x, 1), -EFAULT);
	assert_int_equal(unmap_dma(c.container, GIB, PAGE), 0);
	assert_int_equal(stce_dma_read(c.machine, 2, GIB, &x, 1), -EFAULT);
	client_stop(&c);
	drop_pages(p, 1);
}

static void a_container_takes_one_group(void **state)
{
	struct client c;

	client_start(&c, "platform", "ioda1", NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, c.container), -EBUSY);
	client_stop(&c);
}

static void the_host_has_no_bypass(void **state)
{
	struct client c;
	char *p = get_pages(1), x;

	client_start(&c, "platform", "ioda1", NULL);
	assert_int_equal(device_read(&c, HIGH | (uintptr_t)p, &x, 1), -EFAULT);
	client_stop(&c);
	drop_pages(p, 1);
}

static void p7ioc_has_eeh_and_p5ioc2_none(void **state)
{
	struct vfio_eeh_pe_op op = { .argsz = sizeof(op), .op = VFIO_EEH_PE_GET_STATE };
	struct client c;

	client_start(&c, "platform", "ioda1", NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(stce_ioctl(c.container, VFIO_CHECK_EXTENSION, (void *)VFIO_EEH), 1);
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &op), 0);
	client_stop(&c);

	client_start(&c, "platform", "p5ioc2", NULL);
	client_open(&c, 0);
	assert_int_equal(stce_ioctl(c.container, VFIO_CHECK_EXTENSION, (void *)VFIO_EEH), 0);
	assert_int_equal(set_iommu(c.container, VFIO_EEH), -ENODEV);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_IOMMU), 0);
	/* The PE is looked up before the argument is read. */
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, NULL), -ENODEV);
	client_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ioda1_shares_eight_segments_out),
		cmocka_unit_test(a_ninth_pe_gets_no_segment),
		cmocka_unit_test(bridges_of_a_p5ioc2_hub_split_its_tces),
		cmocka_unit_test(v2_is_advertised_and_refused),
		cmocka_unit_test(only_the_window_is_charged_by_enable),
		cmocka_unit_test(a_pe_reaches_its_own_segments_only),
		cmocka_unit_test(a_container_takes_one_group),
		cmocka_unit_test(the_host_has_no_bypass),
		cmocka_unit_test(p7ioc_has_eeh_and_p5ioc2_none),
	};

	return cmocka_run_group_tests_name("vfio/platforms", tests, NULL, NULL);
}
