/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows of a v2 container: not made yet, made, removed; slots, charges, groups. */
#include "testing.h"

#include <errno.h>
#include <sys/mman.h>

#include "client.h"
#include "stats_of.h"

static struct client c;
static uint64_t at;
static unsigned int grace_periods;

void __real_rcu_synchronize(void);
void __wrap_rcu_synchronize(void);
void __wrap_rcu_synchronize(void)
{
	grace_periods++;
	__real_rcu_synchronize();
}

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	return 0;
}

static int stop(void **state)
{
	client_stop(&c);
	return 0;
}

static void create_makes_the_pending_default_first(void **state)
{
	assert_int_equal(create_window(c.container, 12, GIB, 1, &at), 0);
	assert_int_equal(at, HIGH);
	assert_int_equal(locked_kb(&c), 8192 + 4096);
	assert_int_equal(remove_window(c.container, 0), 0);
	assert_int_equal(locked_kb(&c), 4096);
}

static void removing_the_pending_default_frees_its_slot(void **state)
{
	char *p = client_memory(&c, 1);

	assert_int_equal(remove_window(c.container, 0x1000), -EINVAL);
	assert_int_equal(remove_window(c.container, 0), 0);
	assert_int_equal(remove_window(c.container, 0), -EINVAL);
	assert_int_equal(locked_kb(&c), 4);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), -ENXIO);
	assert_int_equal(create_window(c.container, 12, GIB, 1, &at), 0);
	assert_int_equal(at, 0);
	assert_int_equal(create_window(c.container, 16, GIB, 1, &at), 0);
	assert_int_equal(at, HIGH);
	assert_int_equal(create_window(c.container, 12, GIB, 1, NULL), -ENOSPC);
	drop_pages(p, 1);
}

static void bad_requests_charge_nothing(void **state)
{
	uint64_t before;

	assert_int_equal(remove_window(c.container, 0), 0);
	before = locked_kb(&c);
	assert_int_equal(create_window(c.container, 13, GIB, 1, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 24, GIB, 1, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 64, GIB, 1, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 128 + 12, GIB, 1, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 12, GIB, 0, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 12, GIB, 6, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 12, 3 * GIB, 1, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 12, 0, 1, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 12, 256, 1, NULL), -EINVAL);
	/* [DIFF-6] Linux leaks the charge of these two. */
	assert_int_equal(create_window(c.container, 12, 2 * GIB, 5, NULL), -EINVAL);
	assert_int_equal(create_window(c.container, 12, bit64(36), 1, NULL), -ENOMEM);
	assert_int_equal(locked_kb(&c), before);
}

static void power8_has_its_own_pages(void **state)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	struct client p8;

	client_start(&p8, "platform", "power8", NULL);
	client_open(&p8, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(stce_ioctl(p8.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
	assert_int_equal(info.ddw.pgsizes, 0x11011000);
	assert_int_equal(create_window(p8.container, 24, 64 * GIB, 1, NULL), 0);
	assert_int_equal(remove_window(p8.container, 0), 0);
	assert_int_equal(create_window(p8.container, 21, GIB, 1, NULL), -EINVAL);
	client_stop(&p8);
}

static void get_info_copies_what_argsz_has_room_for(void **state)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = 15 };

	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), -EINVAL);
	for (uint32_t argsz = 16; argsz < 32; argsz += 15) {
		info = (struct vfio_iommu_spapr_tce_info){ .argsz = argsz, .ddw.levels = 77 };
		assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
		assert_int_equal(info.dma32_window_size, 0x80000000u);
		assert_int_equal(info.ddw.levels, 77);
	}
	info.argsz = 32;
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
	assert_int_equal(info.flags, VFIO_IOMMU_SPAPR_INFO_DDW);
	assert_int_equal(info.ddw.pgsizes, 0x40211000);
	assert_int_equal(info.ddw.max_dynamic_windows_supported, 2);
	assert_int_equal(info.ddw.levels, 5);
}

static void a_small_window_maps_nothing_beyond_itself(void **state)
{
	char *p = client_memory(&c, 1);

	assert_int_equal(remove_window(c.container, 0), 0);
	assert_int_equal(create_window(c.container, 12, 64 * KIB, 1, &at), 0);
	assert_int_equal(map_dma(c.container, p, 0xf000, PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p, 0x10000, PAGE, RW), -ENXIO);
	drop_pages(p, 1);
}

static void any_address_inside_names_the_window(void **state)
{
	assert_int_equal(create_window(c.container, 12, GIB, 2, &at), 0);
	assert_int_equal(remove_window(c.container, at + GIB), -EINVAL);
	assert_int_equal(remove_window(c.container, at + 12345), 0);
	assert_int_equal(remove_window(c.container, at), -EINVAL);
}

static void removing_a_window_releases_its_memory(void **state)
{
	char *p = client_memory(&c, 4);

	assert_int_equal(create_window(c.container, 12, bit64(40), 3, &at), 0);
	assert_int_equal(map_dma(c.container, p, at + bit64(39), 4 * PAGE, RW), 0);
	assert_int_equal(unregister_memory(c.container, p, 4 * PAGE), -EBUSY);
	assert_int_equal(remove_window(c.container, at), 0);
	assert_int_equal(unregister_memory(c.container, p, 4 * PAGE), 0);
	drop_pages(p, 4);
}

static void an_answer_that_cannot_be_written_makes_no_window(void **state)
{
	struct vfio_iommu_spapr_tce_create *arg = get_pages(1);

	assert_int_equal(remove_window(c.container, 0), 0);
	*arg = (struct vfio_iommu_spapr_tce_create){
		.argsz = sizeof(*arg), .page_shift = 12, .window_size = GIB, .levels = 1,
	};
	mprotect(arg, PAGE, PROT_READ);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_CREATE, arg), -EFAULT);
	assert_int_equal(locked_kb(&c), 0);
	assert_int_equal(remove_window(c.container, 0), -EINVAL);
	drop_pages(arg, 1);
}

static void reserved_words_are_ignored(void **state)
{
	struct vfio_iommu_spapr_tce_create p = {
		.argsz = sizeof(p), .page_shift = 12, .__resv1 = 5, .window_size = GIB,
		.levels = 1, .__resv2 = 6,
	};

	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_CREATE, &p), 0);
	assert_int_equal(p.start_addr, HIGH);
}

static void a_group_that_joins_later_sees_windows_and_mappings(void **state)
{
	char *p = client_memory(&c, 1), x = 0;
	uint64_t before;

	assert_int_equal(create_window(c.container, 12, GIB, 1, &at), 0);
	assert_int_equal(map_dma(c.container, p, at, PAGE, RW), 0);
	before = locked_kb(&c);
	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, c.container), 0);
	assert_int_equal(locked_kb(&c), before);
	p[9] = '2';
	assert_int_equal(stce_dma_read(c.machine, 2, at + 9, &x, 1), 0);
	assert_int_equal(x, '2');
	drop_pages(p, 1);
}

/* (V2) */
static void a_group_that_leaves_takes_only_its_own_dma(void **state)
{
	char *p = client_memory(&c, 1), x;

	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, c.container), 0);
	assert_int_equal(create_window(c.container, 12, GIB, 1, &at), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p, at, PAGE, RW), 0);
	assert_int_equal(stce_dma_read(c.machine, 2, 0, &x, 1), 0);
	assert_int_equal(stce_dma_read(c.machine, 2, at, &x, 1), 0);
	assert_int_equal(stce_ioctl(c.second, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	/* Neither window works. */
	assert_int_equal(stce_dma_read(c.machine, 2, 0, &x, 1), -EFAULT);
	assert_int_equal(stce_dma_read(c.machine, 2, at, &x, 1), -EFAULT);
	/* [DIFF-8] */
	assert_int_equal(device_read(&c, 0, &x, 1), 0);
	assert_int_equal(device_read(&c, at, &x, 1), 0);
	assert_int_equal(unregister_memory(c.container, p, PAGE), -EBUSY);
	drop_pages(p, 1);
}

static void a_removed_default_does_not_come_back_with_a_group(void **state)
{
	char *p = client_memory(&c, 1);

	assert_int_equal(remove_window(c.container, 0), 0);
	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, c.container), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), -ENXIO);
	drop_pages(p, 1);
}

static void the_last_group_takes_everything_with_it(void **state)
{
	char *p = client_memory(&c, 4);

	assert_int_equal(create_window(c.container, 12, GIB, 1, &at), 0);
	assert_int_equal(map_dma(c.container, p, at, 4 * PAGE, RW), 0);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(locked_kb(&c), 0);
	assert_int_equal(stats_of(c.machine).pages_mapped, 0);
	drop_pages(p, 4);
}

static void hear(void *context, const struct stce_news *item)
{
	if (item->kind == STCE_NEWS_REFUSED)
		*(uint64_t *)context += item->size;
}

static void the_limit_counts_tables_as_well(void **state)
{
	uint64_t refused = 0;
	struct client tight;

	client_start(&tight, "memlock", "10M", NULL);
	client_open(&tight, VFIO_SPAPR_TCE_v2_IOMMU);
	stce_machine_on_news(tight.machine, hear, &refused);
	assert_int_equal(create_window(tight.container, 12, GIB, 1, NULL), -ENOMEM);
	stce_machine_on_news(tight.machine, NULL, NULL);
	/* The news gives the refused amount. */
	assert_int_equal(refused, 4 * MIB);
	assert_int_equal(locked_kb(&tight), 8192);
	assert_int_equal(remove_window(tight.container, 0), 0);
	assert_int_equal(create_window(tight.container, 12, GIB, 1, &at), 0);
	assert_int_equal(at, 0);
	client_stop(&tight);
}

static void a_thousand_rounds_leave_nothing(void **state)
{
	char *p = client_memory(&c, 2);
	uint64_t tables = stats_of(c.machine).table_bytes;

	for (int i = 0; i < 1000; i++) {
		assert_int_equal(create_window(c.container, 12, GIB, 2, &at), 0);
		assert_int_equal(map_dma(c.container, p, at, 2 * PAGE, RW), 0);
		assert_int_equal(remove_window(c.container, at), 0);
		assert_int_equal(remove_window(c.container, 0), i ? -EINVAL : 0);
	}
	assert_int_equal(stats_of(c.machine).table_bytes, tables);
	assert_int_equal(locked_kb(&c), 8);
	drop_pages(p, 2);
}

/* Symptom: three waits for each window, of which each interrupts all threads twice. */
static void removing_a_window_waits_for_readers_once(void **state)
{
	assert_int_equal(create_window(c.container, 12, GIB, 1, &at), 0);
	grace_periods = 0;
	assert_int_equal(remove_window(c.container, at), 0);
	assert_int_equal(grace_periods, 1);
	assert_int_equal(remove_window(c.container, 0), 0);
	assert_int_equal(grace_periods, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(create_makes_the_pending_default_first),
		TEST(removing_the_pending_default_frees_its_slot),
		TEST(bad_requests_charge_nothing),
		TEST(power8_has_its_own_pages),
		TEST(get_info_copies_what_argsz_has_room_for),
		TEST(a_small_window_maps_nothing_beyond_itself),
		TEST(any_address_inside_names_the_window),
		TEST(removing_a_window_releases_its_memory),
		TEST(an_answer_that_cannot_be_written_makes_no_window),
		TEST(reserved_words_are_ignored),
		TEST(a_group_that_joins_later_sees_windows_and_mappings),
		TEST(a_group_that_leaves_takes_only_its_own_dma),
		TEST(a_removed_default_does_not_come_back_with_a_group),
		TEST(the_last_group_takes_everything_with_it),
		TEST(the_limit_counts_tables_as_well),
		TEST(a_thousand_rounds_leave_nothing),
		TEST(removing_a_window_waits_for_readers_once),
	};

	return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
