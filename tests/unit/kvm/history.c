/* SPDX-License-Identifier: BSD-2-Clause */
/* Each call that changes entries of a window is in the history, with the range that it has changed. */
#include "testing.h"

#include <errno.h>
#include <sys/mman.h>

#include <linux/kvm.h>

#include "util/history.h"
#include "vmm.h"

static struct vmm v;

static int start(void **state)
{
	history_turn(true);
	vmm_start(&v);
	vmm_link(&v);
	return 0;
}

static int stop(void **state)
{
	vmm_stop(&v);
	history_turn(false);
	return 0;
}

/* The newest change of an address is this one. */
static void changed_last(uint64_t ioba, enum history_kind kind, uint64_t begin, uint64_t length, uint64_t value)
{
	struct history_item item;

	assert_int_equal(history_find(to_ioba(ioba), NULL, UINT64_MAX, &item, 1), 1);
	assert_int_equal(item.kind, kind);
	assert_int_equal(item.start.value, begin);
	assert_int_equal(item.length, length);
	assert_int_equal(item.value, value);
	assert_int_equal(item.thread, gettid());
}

static unsigned int count_changes(uint64_t ioba)
{
	struct history_item item[64];

	return history_find(to_ioba(ioba), NULL, UINT64_MAX, item, 64);
}

static void map_and_unmap_of_one_page_and_of_several(void **state)
{
	uint64_t ram = (uintptr_t)v.ram;

	/* The table has its parts from here on, so that the next call takes the shortest way. */
	assert_int_equal(map_dma(v.c.container, v.ram, 0x10000, PAGE, RW), 0);
	changed_last(0x10000, HISTORY_MAP, 0x10000, PAGE, ram);
	assert_int_equal(map_dma(v.c.container, v.ram + 4 * PAGE, 0x14000, PAGE, RW), 0);
	changed_last(0x14000, HISTORY_MAP, 0x14000, PAGE, ram + 4 * PAGE);
	assert_int_equal(map_dma(v.c.container, v.ram + PAGE, 0x11000, 3 * PAGE, RW), 0);
	changed_last(0x13fff, HISTORY_MAP, 0x11000, 3 * PAGE, ram + PAGE);
	assert_int_equal(unmap_dma(v.c.container, 0x12000, PAGE), 0);
	changed_last(0x12000, HISTORY_UNMAP, 0x12000, PAGE, 0);
	assert_int_equal(unmap_dma(v.c.container, 0x10000, 5 * PAGE), 0);
	changed_last(0x13000, HISTORY_UNMAP, 0x10000, 5 * PAGE, 0);
}

static void hypercalls_of_one_entry_of_a_list_and_of_a_value(void **state)
{
	const uint64_t list[] = { (GPA + 3 * PAGE) | 3, GPA, (GPA + PAGE) | 1 };
	uint64_t ram = (uintptr_t)v.ram;

	assert_int_equal(h_put(&v, LIOBN, 0x5000, (GPA + 2 * PAGE) | 3), STCE_H_SUCCESS);
	changed_last(0x5000, HISTORY_PUT, 0x5000, PAGE, (ram + 2 * PAGE) | 3);
	assert_int_equal(h_put(&v, LIOBN, 0x5000, 0), STCE_H_SUCCESS);
	changed_last(0x5000, HISTORY_PUT, 0x5000, PAGE, 0);
	set_list(&v, LIST, list, 3);
	assert_int_equal(h_indirect(&v, LIOBN, 0x6000, LIST, 3), STCE_H_SUCCESS);
	changed_last(0x8000, HISTORY_PUT_LIST, 0x6000, 3 * PAGE, (ram + 3 * PAGE) | 3);
	assert_int_equal(h_stuff(&v, LIOBN, 0x4000, 0, 8), STCE_H_SUCCESS);
	changed_last(0x8000, HISTORY_STUFF, 0x4000, 8 * PAGE, 0);
}

static void a_call_that_is_refused_is_no_change(void **state)
{
	unsigned int before = count_changes(0x20000);

	assert_int_equal(map_dma(v.c.container, v.ram + RAM_PAGES * PAGE, 0x20000, PAGE, RW), -EINVAL);
	assert_int_equal(map_dma(v.c.container, v.ram + RAM_PAGES * PAGE, 0x20000, 2 * PAGE, RW), -EINVAL);
	assert_int_equal(unmap_dma(v.c.container, 0x20000, 100), -EINVAL);
	assert_int_equal(h_put(&v, LIOBN, 0x20000, 0x40000003), STCE_H_TOO_HARD);
	assert_int_equal(h_stuff(&v, LIOBN, 0x20000, 5, 0x10000), STCE_H_PARAMETER);
	assert_int_equal(count_changes(0x20000), before);
}

static void a_guest_s_64k_page_is_sixteen_entries(void **state)
{
	char *area = mmap(NULL, 3 * PAGE_64K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *page = (char *)align_up((uintptr_t)area, PAGE_64K);
	int table = make_table(&v, 6, 16, 0, 16);

	assert_int_equal(set_spapr_tce(&v, v.c.group, table), 0);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, 0x400000, PAGE_64K, page), 0);
	assert_int_equal(register_memory(v.c.container, page, PAGE_64K), 0);
	assert_int_equal(h_put(&v, 6, 0x30000, 0x400003), STCE_H_SUCCESS);
	changed_last(0x3ffff, HISTORY_PUT, 0x30000, PAGE_64K, (uintptr_t)page | 3);
	assert_int_equal(h_put(&v, 6, 0x30000, 0), STCE_H_SUCCESS);
	assert_int_equal(unregister_memory(v.c.container, page, PAGE_64K), 0);
	stce_close(table);
	munmap(area, 3 * PAGE_64K);
}

/* The two share a hardware table then, so that it is written once. */
static void each_window_that_follows_has_the_change(void **state)
{
	int other = open_container(&v.c);
	unsigned int before;
	int32_t group;

	v.c.second = open_group(&v.c, 2);
	assert_int_equal(set_container(v.c.second, other), 0);
	assert_int_equal(set_iommu(other, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(register_memory(other, v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(unmap_dma(other, 0, PAGE), 0);
	group = v.c.second;
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(&v, v.c.second, v.table), 0);
	before = count_changes(0x7000);
	assert_int_equal(h_put(&v, LIOBN, 0x7000, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(count_changes(0x7000), before + 2);
	assert_int_equal(h_stuff(&v, LIOBN, 0x7000, 0, 1), STCE_H_SUCCESS);
	assert_int_equal(count_changes(0x7000), before + 4);
	stce_close(other);
}

/* No window follows, so nothing that a device could meet has changed. */
static void a_table_without_windows_has_no_changes(void **state)
{
	int table = make_table(&v, 7, 12, 0, 0x400);
	unsigned int before = count_changes(0x9000);

	assert_int_equal(h_put(&v, 7, 0x9000, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(h_stuff(&v, 7, 0x9000, 0, 1), STCE_H_SUCCESS);
	assert_int_equal(count_changes(0x9000), before);
	stce_close(table);
}

static void windows_are_told_while_the_history_is_off(void **state)
{
	uint64_t begin;

	history_turn(false);
	assert_int_equal(create_window(v.c.container, 12, 1 << 20, 1, &begin), 0);
	changed_last(begin + 0x1000, HISTORY_WINDOW_CREATED, begin, 1 << 20, 0);
	assert_int_equal(map_dma(v.c.container, v.ram, begin + 0x1000, PAGE, RW), 0);
	changed_last(begin + 0x1000, HISTORY_WINDOW_CREATED, begin, 1 << 20, 0);
	assert_int_equal(remove_window(v.c.container, begin), 0);
	changed_last(begin + 0x1000, HISTORY_WINDOW_REMOVED, begin, 1 << 20, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(map_and_unmap_of_one_page_and_of_several),
		TEST(hypercalls_of_one_entry_of_a_list_and_of_a_value),
		TEST(a_call_that_is_refused_is_no_change),
		TEST(a_guest_s_64k_page_is_sixteen_entries),
		TEST(each_window_that_follows_has_the_change),
		TEST(a_table_without_windows_has_no_changes),
		TEST(windows_are_told_while_the_history_is_off),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
