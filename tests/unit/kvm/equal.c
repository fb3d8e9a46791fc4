/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of three containers that follow no guest table, or three different ones, hold equal parts
 * of their tables once, without anybody asking.
 */
#include "testing.h"

#include <errno.h>

#include <linux/kvm.h>

#include "stats_of.h"
#include "util/alloc.h"
#include "vmm.h"

#define PES         3
#define WINDOW      (64 * MIB)                      /* 0x4000 entries of 4K: two parts */
#define ENTRIES     (WINDOW / PAGE)
#define PART        UINT64_C(0x2000)
#define PART_BYTES  (PART * 8)
#define TOP_BYTES   (2 * 8)                         /* the node above them */

static struct {
	struct vmm v;
	int container[PES + 1], group[PES + 1], table[PES + 1];
	uint64_t empty;                             /* bytes of the host's own tables */
} w;

static uint64_t bytes(void)
{
	return stats_of(w.v.c.machine).table_bytes - w.empty - PES * TOP_BYTES;
}

static uint64_t unshared_bytes(void)
{
	return stats_of(w.v.c.machine).table_bytes_unshared - w.empty - PES * TOP_BYTES;
}

static void start_with(const char *policy)
{
	client_start(&w.v.c, "device", "dmatest,group=3", "share", policy, NULL);
	vmm_start_on(&w.v);
	for (int n = 1; n <= PES; n++)
		vmm_open_group(&w.v, n, &w.container[n], &w.group[n]);
	w.empty = stats_of(w.v.c.machine).table_bytes;
	for (int n = 1; n <= PES; n++)
		assert_int_equal(create_window(w.container[n], 12, WINDOW, 1, NULL), 0);
}

static int start(void **state)
{
	start_with("on");
	return 0;
}

static int stop(void **state)
{
	for (int n = 2; n <= PES; n++) {
		stce_close(w.group[n]);
		stce_close(w.container[n]);
	}
	vmm_stop(&w.v);
	return 0;
}

/* Maps the window in pieces of RAM; each part begins with another page. */
static void fill(int n)
{
	for (uint64_t at = 0; at < ENTRIES; at += RAM_PAGES / 2)
		assert_int_equal(map_dma(w.container[n], w.v.ram + at / PART * PAGE, at * PAGE, RAM_PAGES / 2 * PAGE, RW), 0);
}

static int sees(int group, uint64_t index)
{
	unsigned char x = 0;

	return stce_dma_read(w.v.c.machine, group, index * PAGE, &x, 1) ? -1 : x;
}

static void three_windows_that_are_mapped_alike_hold_one_table(void **state)
{
	uint64_t mapped;

	for (int n = 1; n <= PES; n++)
		fill(n);
	assert_int_equal(bytes(), 2 * PART_BYTES);
	assert_int_equal(unshared_bytes(), PES * 2 * PART_BYTES);
	mapped = stats_of(w.v.c.machine).pages_mapped;
	assert_int_equal(mapped, PES * ENTRIES);
}

/* The first difference copies the part that differs, and no other. */
static void a_difference_copies_one_part(void **state)
{
	for (int n = 1; n <= PES; n++)
		fill(n);
	w.v.ram[0] = 7;
	w.v.ram[5 * PAGE] = 5;
	assert_int_equal(map_dma(w.container[2], w.v.ram + 5 * PAGE, 0, PAGE, RW), 0);
	assert_int_equal(bytes(), 3 * PART_BYTES);
	assert_int_equal(sees(1, 0), 7);
	assert_int_equal(sees(2, 0), 5);
	assert_int_equal(sees(3, 0), 7);
	assert_int_equal(unmap_dma(w.container[3], 0, PAGE), 0);
	assert_int_equal(sees(1, 0), 7);
	assert_int_equal(sees(3, 0), -1);
}

static void parts_that_become_equal_again_are_found_when_asked(void **state)
{
	for (int n = 1; n <= PES; n++)
		fill(n);
	assert_int_equal(unmap_dma(w.container[2], 0, PAGE), 0);
	assert_int_equal(map_dma(w.container[2], w.v.ram, 0, PAGE, RW), 0);
	assert_int_equal(bytes(), 3 * PART_BYTES);
	stce_vm_share_tables(w.v.vm);
	assert_int_equal(bytes(), 2 * PART_BYTES);
}

/* Whole parts go without a copy, so UNMAP and REMOVE need no memory. */
static void what_is_unmapped_as_a_whole_needs_no_memory(void **state)
{
	for (int n = 1; n <= PES; n++)
		fill(n);
	alloc_fail_after(0);
	assert_int_equal(unmap_dma(w.container[1], 0, WINDOW), 0);
	assert_int_equal(remove_window(w.container[2], 0), 0);
	alloc_fail_after(-1);
	assert_int_equal(sees(1, 0), -1);
	assert_int_equal(sees(3, PART), w.v.ram[PAGE]);
	assert_int_equal(stats_of(w.v.c.machine).pages_mapped, ENTRIES);
}

/* (B5) [DIFF-46] */
static void without_memory_for_a_copy_the_call_changes_nothing(void **state)
{
	for (int n = 1; n <= PES; n++)
		fill(n);
	w.v.ram[0] = 7;
	alloc_fail_after(0);
	assert_int_equal(unmap_dma(w.container[1], 0, PAGE), -ENOMEM);
	alloc_fail_after(0);
	assert_int_equal(map_dma(w.container[1], w.v.ram + PAGE, 0, PAGE, RW), -ENOMEM);
	alloc_fail_after(-1);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 0), 7);
	assert_int_equal(bytes(), 2 * PART_BYTES);
	assert_int_equal(stats_of(w.v.c.machine).pages_mapped, PES * ENTRIES);
}

/* Each window follows a guest table of its own, and the guest fills all of them. */
static void three_liobns_that_are_filled_alike_hold_one_table(void **state)
{
	uint64_t ret;

	w.v.device = stce_vm_create_device(w.v.vm, KVM_DEV_TYPE_VFIO);
	for (int n = 1; n <= PES; n++) {
		int32_t group = w.group[n];

		w.table[n] = make_table(&w.v, LIOBN + (uint64_t)n, 12, 0, ENTRIES);
		assert_int_equal(vfio_attr(w.v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
		assert_int_equal(set_spapr_tce(&w.v, w.group[n], w.table[n]), 0);
	}
	for (uint64_t i = 0; i < 512; i++)
		((uint64_t *)w.v.ram)[i] = __builtin_bswap64((GPA + i % RAM_PAGES * PAGE) | 3);
	for (int n = 1; n <= PES; n++)
		for (uint64_t at = 0; at < ENTRIES; at += 512) {
			uint64_t args[5] = { LIOBN + (uint64_t)n, at * PAGE, GPA, 512 };

			assert_int_equal(stce_vm_hcall(w.v.vm, STCE_H_PUT_TCE_INDIRECT, args, &ret), STCE_H_SUCCESS);
		}
	/* The two parts of each table are equal too. */
	assert_int_equal(bytes(), PART_BYTES);
	/* Real mode cannot copy a part; the next tier does. */
	assert_int_equal(stce_vm_hcall_real(w.v.vm, STCE_H_PUT_TCE, (uint64_t[5]){ LIOBN + 1, 0, 0 }, &ret), STCE_H_TOO_HARD);
	assert_int_equal(stce_vm_hcall(w.v.vm, STCE_H_PUT_TCE, (uint64_t[5]){ LIOBN + 1, 0, 0 }, &ret), STCE_H_SUCCESS);
	assert_int_equal(stce_vm_hcall_real(w.v.vm, STCE_H_PUT_TCE, (uint64_t[5]){ LIOBN + 1, 0, GPA | 3 }, &ret), STCE_H_SUCCESS);
	assert_int_equal(bytes(), 2 * PART_BYTES);
	for (int n = 1; n <= PES; n++)
		stce_close(w.table[n]);
}

/* Lets window 1 follow a guest table that ends in the middle of a part, which all windows hold together. */
static void follow_a_table_that_ends_in_a_shared_part(void)
{
	int32_t group = w.group[1];

	w.v.device = stce_vm_create_device(w.v.vm, KVM_DEV_TYPE_VFIO);
	w.table[1] = make_table(&w.v, LIOBN + 1, 12, 0, PART + PART / 2);
	assert_int_equal(vfio_attr(w.v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(&w.v, w.group[1], w.table[1]), 0);
	for (int n = 1; n <= PES; n++)
		fill(n);
	assert_int_equal(h_put(&w.v, LIOBN + 1, PART * PAGE, (GPA + PAGE) | 3), STCE_H_SUCCESS);
	stce_vm_share_tables(w.v.vm);
	assert_int_equal(bytes(), 2 * PART_BYTES);
	w.v.ram[PAGE] = 7;
	assert_int_equal(sees(1, PART), 7);
}

static void the_table_is_empty_and_reaches_no_device(void)
{
	assert_int_equal(h_get(&w.v, LIOBN + 1, PART * PAGE), 0);
	assert_int_equal(sees(1, 0), -1);
	assert_int_equal(sees(1, PART - 1), -1);
	assert_int_equal(sees(1, PART), -1);
	assert_int_equal(sees(1, PART + PART / 2 - 1), -1);
	for (int n = 2; n <= PES; n++)
		assert_int_equal(sees(n, PART), 7);
	stce_close(w.table[1]);
}

static void a_reset_leaves_what_is_mapped_behind_the_table(void **state)
{
	follow_a_table_that_ends_in_a_shared_part();
	assert_int_equal(stce_vm_reset(w.v.vm), 0);
	assert_int_not_equal(sees(1, PART + PART / 2), -1);
	assert_int_equal(stats_of(w.v.c.machine).pages_mapped, (PES - 1) * ENTRIES + PART / 2);
	the_table_is_empty_and_reaches_no_device();
}

/* Then the part cannot be copied, and goes as a whole. */
static void a_reset_needs_no_memory(void **state)
{
	follow_a_table_that_ends_in_a_shared_part();
	alloc_fail_after(0);
	assert_int_equal(stce_vm_reset(w.v.vm), 0);
	alloc_fail_after(-1);
	assert_int_equal(stats_of(w.v.c.machine).pages_mapped, (PES - 1) * ENTRIES);
	assert_int_equal(bytes(), 2 * PART_BYTES);
	the_table_is_empty_and_reaches_no_device();
}

static void share_off_holds_nothing_together(void **state)
{
	stop(NULL);
	start_with("off");
	for (int n = 1; n <= PES; n++)
		fill(n);
	assert_int_equal(bytes(), PES * 2 * PART_BYTES);
	stce_vm_share_tables(w.v.vm);
	assert_int_equal(bytes(), 2 * PART_BYTES);
}

/* Groups 1 and 3 read one copy, group 2 another. */
static void each_node_has_its_parts_once(void **state)
{
	stop(NULL);
	start_with("node:2");
	for (int n = 1; n <= PES; n++)
		fill(n);
	w.v.ram[0] = 7;
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 0), 7);
	assert_int_equal(unmap_dma(w.container[2], 0, PAGE), 0);
	assert_int_equal(sees(2, 0), -1);
	assert_int_equal(sees(1, 0), 7);
	assert_int_equal(unmap_dma(w.container[1], 0, WINDOW), 0);
	assert_int_equal(sees(1, 0), -1);
	assert_int_equal(sees(3, 0), 7);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(three_windows_that_are_mapped_alike_hold_one_table),
		TEST(a_difference_copies_one_part),
		TEST(parts_that_become_equal_again_are_found_when_asked),
		TEST(what_is_unmapped_as_a_whole_needs_no_memory),
		TEST(without_memory_for_a_copy_the_call_changes_nothing),
		TEST(three_liobns_that_are_filled_alike_hold_one_table),
		TEST(a_reset_leaves_what_is_mapped_behind_the_table),
		TEST(a_reset_needs_no_memory),
		TEST(share_off_holds_nothing_together),
		TEST(each_node_has_its_parts_once),
	};

	return cmocka_run_group_tests_name("kvm/equal", tests, NULL, NULL);
}
