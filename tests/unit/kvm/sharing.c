/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of several containers that follow one guest table use one hardware table, until one of
 * them needs its own.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvm.h>

#include "machine/machine.h"
#include "stats_of.h"
#include "tce/gate.h"
#include "tce/scan.h"
#include "util/alloc.h"
#include "vmm.h"

#define PES 3
#define WINDOW (4 * MIB)                       /* 0x400 entries of 4K, like the table */
#define TABLE_BYTES (WINDOW / PAGE * 8)

static struct {
	struct vmm v;                          /* group 1 and its container */
	int container[PES + 1], group[PES + 1];   /* by group number */
} w;

/* The linker's --wrap counts the calls of tce_gate_drain(). */
static unsigned int drains;

void __real_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count);
void __wrap_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count);

void __wrap_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	drains++;
	__real_tce_gate_drain(gate, first, count);
}

static struct stce_stats stats(void)
{
	return stats_of(w.v.c.machine);
}

/* Makes a window like the table, the only one in its container. */
static void make_window(int container)
{
	assert_int_equal(register_memory(container, w.v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(remove_window(container, 0), 0);
	assert_int_equal(create_window(container, 12, WINDOW, 1, NULL), 0);
}

static void add_group(int n)
{
	char path[32];

	w.container[n] = open_container(&w.v.c);
	snprintf(path, sizeof(path), "/dev/vfio/%d", n);
	w.group[n] = stce_open(w.v.c.machine, path, O_RDWR);
	assert_int_equal(set_container(w.group[n], w.container[n]), 0);
	assert_int_equal(set_iommu(w.container[n], VFIO_SPAPR_TCE_v2_IOMMU), 0);
}

static long link_group(int n)
{
	int32_t group = w.group[n];

	vfio_attr(w.v.device, KVM_DEV_VFIO_GROUP_ADD, &group);
	return set_spapr_tce(&w.v, group, w.v.table);
}

static void start_with(const char *policy)
{
	client_start(&w.v.c, "device", strcmp(policy, "node:3") ? "dmatest,group=3" : "dmatest,group=3,node=2",
		     "share", policy, NULL);
	vmm_start_on(&w.v);
	w.container[1] = w.v.c.container;
	w.group[1] = w.v.c.group;
	add_group(2);
	add_group(3);
	w.v.device = stce_vm_create_device(w.v.vm, KVM_DEV_TYPE_VFIO);
	for (int n = 1; n <= PES; n++)
		make_window(w.container[n]);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(link_group(n), 0);
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

/* Returns the bytes of windows' tables, without the host's own. */
static uint64_t table_bytes(void)
{
	static uint64_t empty;
	struct client c;

	if (!empty) {
		client_start(&c, "device", "dmatest,group=3", NULL);
		empty = stats_of(c.machine).table_bytes;
		client_stop(&c);
	}
	return stats().table_bytes - empty;
}

static char sees(int group, uint64_t ioba)
{
	char x = 0;

	return stce_dma_read(w.v.c.machine, group, ioba, &x, 1) ? '!' : x;
}

static char *page(unsigned int n)
{
	return w.v.ram + n * PAGE;
}

static uint64_t gpa(unsigned int n)
{
	return GPA + n * PAGE;
}

static void three_pes_have_one_table(void **state)
{
	assert_int_equal(table_bytes(), TABLE_BYTES);
	*page(3) = 'g';
	assert_int_equal(h_put(&w.v, LIOBN, 5 * PAGE, gpa(3) | 3), STCE_H_SUCCESS);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 5 * PAGE), 'g');
	assert_int_equal(h_put(&w.v, LIOBN, 5 * PAGE, 0), STCE_H_SUCCESS);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 5 * PAGE), '!');
}

static void the_charge_is_linuxs(void **state)
{
	uint64_t shared = locked_kb(&w.v.c);

	stop(NULL);
	start_with("off");
	assert_int_equal(locked_kb(&w.v.c), shared);
	assert_int_equal(table_bytes(), 3 * TABLE_BYTES);
}

static void an_update_is_one_store_and_one_drain_for_each_pe(void **state)
{
	uint64_t before = stats().tces_written, args[5] = { LIOBN, 0, gpa(1) | 3 }, ret;

	for (unsigned int i = 0; i < 2; i++) {
		drains = 0;
		assert_int_equal(stce_vm_hcall_virtual(w.v.vm, STCE_H_PUT_TCE, args, &ret), 0);
		assert_int_equal(stats().tces_written, ++before);
		/* A replaced entry is waited for; a new one has no user. */
		assert_int_equal(drains, i ? PES : 0);
	}
}

static void real_mode_serves_all_of_them(void **state)
{
	uint64_t args[5] = { LIOBN, 0, gpa(1) | 3 }, ret;

	/* A first call makes the guest's table present. */
	assert_int_equal(stce_vm_hcall_virtual(w.v.vm, STCE_H_PUT_TCE, args, &ret), 0);
	args[2] = gpa(2) | 3;
	*page(2) = '2';
	assert_int_equal(stce_vm_hcall_real(w.v.vm, STCE_H_PUT_TCE, args, &ret), 0);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 0), '2');
}

static void the_first_difference_makes_a_copy(void **state)
{
	uint64_t mapped;

	*page(1) = '1';
	*page(2) = '2';
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	mapped = stats().pages_mapped;
	/* Mapping the same again makes no difference. */
	assert_int_equal(map_dma(w.container[2], page(1), 0, PAGE, RW), 0);
	drains = 0;
	assert_int_equal(unmap_dma(w.container[2], PAGE, PAGE), 0);
	assert_int_equal(table_bytes(), TABLE_BYTES);
	/*
	 * (U4) The entry is clear, but devices of the writer that cleared it may not have left yet.
	 */
	assert_int_equal(drains, 1);
	assert_int_equal(map_dma(w.container[2], page(2), PAGE, PAGE, RW), 0);
	assert_int_equal(table_bytes(), 2 * TABLE_BYTES);
	assert_int_equal(stats().pages_mapped, mapped + 2);
	assert_int_equal(sees(1, PAGE), '!');
	assert_int_equal(sees(2, PAGE), '2');
	assert_int_equal(sees(2, 0), '1');
	/* The guest still drives all three. */
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(2) | 3), STCE_H_SUCCESS);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 0), '2');
	assert_int_equal(unmap_dma(w.container[3], 0, PAGE), 0);
	assert_int_equal(sees(3, 0), '!');
	assert_int_equal(sees(1, 0), '2');
	/* A part that a slot has left waits for readers. */
	tce_scan_due(&w.v.c.machine->parts->phb.parts);
	assert_int_equal(table_bytes(), 3 * TABLE_BYTES);
}

static void equal_tables_become_one_when_asked(void **state)
{
	*page(1) = '1';
	assert_int_equal(map_dma(w.container[2], page(1), 0, PAGE, RW), 0);
	assert_int_equal(stce_vm_share_tables(w.v.vm), 0);
	assert_int_equal(unmap_dma(w.container[2], 0, PAGE), 0);
	assert_int_equal(table_bytes(), 2 * TABLE_BYTES);
	assert_int_equal(stce_vm_share_tables(w.v.vm), 1);
	assert_int_equal(table_bytes(), TABLE_BYTES);
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	assert_int_equal(sees(2, 0), '1');
}

static void mapped_pages_stay_counted_in_each_table(void **state)
{
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	assert_int_equal(map_dma(w.container[2], page(2), PAGE, PAGE, RW), 0);
	assert_int_equal(h_put(&w.v, LIOBN, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(unmap_dma(w.container[2], PAGE, PAGE), 0);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(unregister_memory(w.container[n], w.v.ram, RAM_PAGES * PAGE), 0);
}

static void a_group_that_is_unlinked_keeps_what_it_has(void **state)
{
	int32_t group = w.group[2];

	*page(1) = '1';
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	assert_int_equal(vfio_attr(w.v.device, KVM_DEV_VFIO_GROUP_DEL, &group), 0);
	assert_int_equal(h_put(&w.v, LIOBN, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(sees(1, 0), '!');
	assert_int_equal(sees(2, 0), '1');
	assert_int_equal(table_bytes(), 2 * TABLE_BYTES);
}

static void a_removed_window_leaves_the_others_their_entries(void **state)
{
	*page(1) = '1';
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	/* Also the window that was there first. */
	for (int n = 1; n <= 2; n++) {
		assert_int_equal(remove_window(w.container[n], 0), 0);
		assert_int_equal(sees(n, 0), '!');
		assert_int_equal(sees(3, 0), '1');
		assert_int_equal(table_bytes(), TABLE_BYTES);
	}
	assert_int_equal(remove_window(w.container[3], 0), 0);
	assert_int_equal(stats().pages_mapped, 0);
	assert_int_equal(table_bytes(), 0);
}

static void windows_outlive_the_table_together(void **state)
{
	*page(1) = '1';
	*page(2) = '2';
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	stce_close(w.v.table);
	assert_int_equal(table_bytes(), TABLE_BYTES);
	assert_int_equal(sees(3, 0), '1');
	assert_int_equal(map_dma(w.container[1], page(2), 0, PAGE, RW), 0);
	assert_int_equal(sees(1, 0), '2');
	assert_int_equal(sees(3, 0), '1');
	/* Only windows that are linked to a new table follow it. */
	w.v.table = make_table(&w.v, LIOBN, 12, 0, 0x400);
	assert_int_equal(set_spapr_tce(&w.v, w.group[2], w.v.table), 0);
	assert_int_equal(h_put(&w.v, LIOBN, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(sees(2, 0), '!');
	assert_int_equal(sees(3, 0), '1');
}

static void a_window_that_follows_two_tables_has_its_own(void **state)
{
	int other = make_table(&w.v, LIOBN + 1, 12, 0, 0x400);

	*page(1) = '1';
	assert_int_equal(set_spapr_tce(&w.v, w.group[2], other), 0);
	/* It is another table of the same parts, until one differs. */
	assert_int_equal(table_bytes(), TABLE_BYTES);
	assert_int_equal(h_put(&w.v, LIOBN + 1, 0, gpa(1) | 3), STCE_H_SUCCESS);
	assert_int_equal(table_bytes(), 2 * TABLE_BYTES);
	assert_int_equal(sees(2, 0), '1');
	assert_int_equal(sees(1, 0), '!');
	assert_int_equal(stce_vm_share_tables(w.v.vm), 0);
	stce_close(other);
}

static void other_geometries_are_not_shared(void **state)
{
	assert_int_equal(remove_window(w.container[3], 0), 0);
	assert_int_equal(create_window(w.container[3], 12, WINDOW, 2, NULL), 0);
	assert_int_equal(link_group(3), 0);
	*page(1) = '1';
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	assert_int_equal(sees(3, 0), '1');
	assert_int_equal(stce_vm_share_tables(w.v.vm), 0);
}

/* (E4) */
static void without_memory_for_a_copy_nothing_changes(void **state)
{
	uint64_t mapped, bytes = table_bytes();
	long r = -ENOMEM;
	int failed;

	*page(1) = '1';
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	mapped = stats().pages_mapped;
	for (failed = 0; r == -ENOMEM; failed++) {
		alloc_fail_after(failed);
		r = unmap_dma(w.container[2], 0, PAGE);
		alloc_fail_after(-1);
		if (r != -ENOMEM)
			break;
		assert_int_equal(table_bytes(), bytes);
		assert_int_equal(stats().pages_mapped, mapped);
		for (int n = 1; n <= PES; n++)
			assert_int_equal(sees(n, 0), '1');
	}
	assert_int_equal(r, 0);
	assert_true(failed > 1);
	assert_int_equal(sees(2, 0), '!');
	assert_int_equal(sees(1, 0), '1');
}

static void each_node_has_a_copy_and_all_are_equal(void **state)
{
	uint64_t before;

	stop(NULL);
	start_with("node:2");
	/* Each container's window, and the host's own, has these bytes twice. */
	*page(1) = '1';
	*page(2) = '2';
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(1) | 3), STCE_H_SUCCESS);
	/* Groups 1 and 3 read the first copy, group 2 the second. */
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 0), '1');
	before = stats().tces_written;
	assert_int_equal(h_put(&w.v, LIOBN, 0, gpa(2) | 3), STCE_H_SUCCESS);
	assert_int_equal(stats().tces_written, before + 2);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 0), '2');
	assert_int_equal(h_stuff(&w.v, LIOBN, 0, 0, 0x400), STCE_H_SUCCESS);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 0), '!');
	assert_int_equal(map_dma(w.container[2], page(1), 0, PAGE, RW), 0);
	assert_int_equal(sees(2, 0), '1');
	assert_int_equal(sees(1, 0), '!');
}

/* (E4) In all copies: group 1 reads the first, group 2 the second. */
static void a_split_gives_each_node_the_entries(void **state)
{
	stop(NULL);
	start_with("node:2");
	*page(1) = '1';
	for (unsigned int at = 0; at < 0x400; at += 0x3f)
		assert_int_equal(h_put(&w.v, LIOBN, at * PAGE, gpa(1) | 3), STCE_H_SUCCESS);
	for (int n = 1; n <= 2; n++) {
		assert_int_equal(unmap_dma(w.container[n], 0, PAGE), 0);
		assert_int_equal(sees(n, 0), '!');
		for (unsigned int at = 0x3f; at < 0x400; at += 0x3f)
			assert_int_equal(sees(n, at * PAGE), '1');
	}
	assert_int_equal(sees(3, 0), '1');
}

/* ---- the model: what a client and the devices can see, without sharing ---- */

#define STEPS   600
#define PROBES  8
#define NOTES   (2 + PES * PROBES)

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*seed >> 33);
}

/* Makes one random call of the guest, a container or KVM. Returns its answer. */
static long random_step(uint64_t *seed, bool shares)
{
	int n = 1 + (int)(next_random(seed) % PES);
	unsigned int number = next_random(seed) % RAM_PAGES;
	uint64_t ioba = next_random(seed) % PROBES * PAGE;
	int32_t group = w.group[n];

	switch (next_random(seed) % 12) {
	case 0:
		return map_dma(w.container[n], page(number), ioba, PAGE, RW);
	case 1:
		return unmap_dma(w.container[n], ioba, 2 * PAGE);
	case 2:
		return h_stuff(&w.v, LIOBN, ioba, 0, PROBES);
	case 3:
		return vfio_attr(w.v.device, KVM_DEV_VFIO_GROUP_DEL, &group);
	case 4:
		return link_group(n);
	case 5:
		return remove_window(w.container[n], 0);
	case 6:
		return create_window(w.container[n], 12, WINDOW, 1, NULL);
	case 7:
		if (shares)
			stce_vm_share_tables(w.v.vm);
		return 0;
	default:
		return h_put(&w.v, LIOBN, ioba, gpa(number) | 3);
	}
}

static void run_model(const char *policy, uint64_t seed, int64_t (*notes)[NOTES])
{
	start_with(policy);
	for (unsigned int i = 0; i < RAM_PAGES; i++)
		*page(i) = (char)('A' + i);
	for (unsigned int step = 0; step < STEPS; step++) {
		int64_t *note = notes[step];

		*note++ = random_step(&seed, strcmp(policy, "off"));
		*note++ = (int64_t)locked_kb(&w.v.c);
		for (int n = 1; n <= PES; n++)
			for (unsigned int i = 0; i < PROBES; i++)
				*note++ = sees(n, i * PAGE);
	}
	stop(NULL);
}

static void nobody_can_tell_shared_tables_from_separate_ones(void **state)
{
	static int64_t separate[STEPS][NOTES], shared[STEPS][NOTES];
	static const char *const policies[] = { "on", "node:2", "on", "node:3" };

	for (unsigned int i = 0; i < ARRAY_COUNT(policies); i++) {
		uint64_t seed = 20130 + i;

		run_model("off", seed, separate);
		run_model(policies[i], seed, shared);
		for (unsigned int step = 0; step < STEPS; step++)
			if (memcmp(separate[step], shared[step], sizeof(shared[step])))
				fail_msg("seed %llu, share=%s: step %u differs", (unsigned long long)seed,
					 policies[i], step);
	}
}

/* What the VMM unmaps leaves the entries that the windows share; in no tier does a page of it come back. */
static void memory_that_leaves_is_cleared_for_all(void **state)
{
	struct iovec range = { page(3), PAGE };
	uint64_t pages[] = { gpa(4) | 3, gpa(3) | 3 };

	*page(4) = 'h';
	assert_int_equal(h_put(&w.v, LIOBN, 5 * PAGE, gpa(3) | 3), STCE_H_SUCCESS);
	assert_int_equal(h_put(&w.v, LIOBN, 6 * PAGE, gpa(4) | 3), STCE_H_SUCCESS);
	stce_machine_unmap_end(w.v.c.machine, stce_machine_unmap_begin(w.v.c.machine, &range, 1));
	set_list(&w.v, LIST, pages, 2);
	assert_int_not_equal(h_put(&w.v, LIOBN, 7 * PAGE, gpa(3) | 3), STCE_H_SUCCESS);
	assert_int_not_equal(h_indirect(&w.v, LIOBN, 7 * PAGE, LIST, 2), STCE_H_SUCCESS);
	for (int n = 1; n <= PES; n++) {
		assert_int_equal(sees(n, 5 * PAGE), '!');
		assert_int_equal(sees(n, 6 * PAGE), 'h');
		assert_int_equal(sees(n, 7 * PAGE), '!');
		assert_int_equal(sees(n, 8 * PAGE), '!');
	}
	*page(3) = 'i';
	assert_int_equal(register_memory(w.container[2], w.v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(h_indirect(&w.v, LIOBN, 7 * PAGE, LIST, 2), STCE_H_SUCCESS);
	for (int n = 1; n <= PES; n++)
		assert_int_equal(sees(n, 8 * PAGE), 'i');
}

static void and_in_each_copy(void **state)
{
	stop(NULL);
	start_with("node:2");
	memory_that_leaves_is_cleared_for_all(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(three_pes_have_one_table),
		TEST(the_charge_is_linuxs),
		TEST(an_update_is_one_store_and_one_drain_for_each_pe),
		TEST(real_mode_serves_all_of_them),
		TEST(the_first_difference_makes_a_copy),
		TEST(equal_tables_become_one_when_asked),
		TEST(mapped_pages_stay_counted_in_each_table),
		TEST(a_group_that_is_unlinked_keeps_what_it_has),
		TEST(a_removed_window_leaves_the_others_their_entries),
		TEST(windows_outlive_the_table_together),
		TEST(a_window_that_follows_two_tables_has_its_own),
		TEST(other_geometries_are_not_shared),
		TEST(without_memory_for_a_copy_nothing_changes),
		TEST(each_node_has_a_copy_and_all_are_equal),
		TEST(a_split_gives_each_node_the_entries),
		TEST(memory_that_leaves_is_cleared_for_all),
		TEST(and_in_each_copy),
		cmocka_unit_test(nobody_can_tell_shared_tables_from_separate_ones),
	};

	return cmocka_run_group_tests_name("kvm/sharing", tests, NULL, NULL);
}
