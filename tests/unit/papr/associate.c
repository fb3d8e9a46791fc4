/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A window that several bridges have: it is one table, reaches the devices of each, and goes with the
 * last bridge that leaves it, in any order.
 */
#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "bridges.h"
#include "host/update.h"
#include "stats_of.h"
#include "util/history.h"

#define AT (HIGH + 3 * PAGE)
#define LATER (HIGH + 7 * PAGE)
#define OWNER 0u
#define KVM_LIST 512u           /* entries of the longest list */

static struct bridges b;
static uint32_t liobn;          /* of the window that OWNER makes */
static uint64_t locked_before;

/* The linker's --wrap counts the windows that are cleared, and those of them outside the read lock. */
static unsigned int clears, unread_clears;

void __real_host_update_clear(struct host_window *window);
void __wrap_host_update_clear(struct host_window *window);

void __wrap_host_update_clear(struct host_window *window)
{
	clears++;
	unread_clears += !(atomic_load(&rcu_reader_->ctr) & RCU_DEPTH);
	__real_host_update_clear(window);
}

static int start(void **state)
{
	clears = unread_clears = 0;
	bridges_start(&b);
	liobn = b.config[OWNER].liobn[1];
	locked_before = locked(&b.f);
	return 0;
}

static int stop(void **state)
{
	/* A scan may free the parts of a table that nobody reads. */
	assert_int_equal(unread_clears, 0);
	bridges_stop(&b);
	return 0;
}

/* OWNER makes a window and maps page 5; the others get it. */
static void share_window(void)
{
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
	assert_int_equal(b.f.ret[1], liobn);
	map_page(&b, liobn, AT, 5);
	for (unsigned int n = 1; n < b.count; n++)
		assert_int_equal(associate(&b, n, liobn), STCE_RTAS_SUCCESS);
}

/* Nothing is left of the window, and each bridge has its default window. */
static void is_as_before(void)
{
	assert_false(has_table(&b.f, liobn, HIGH));
	assert_int_equal(locked(&b.f), locked_before);
	for (unsigned int n = 0; n < b.count; n++) {
		assert_true(is_blind(&b, n, AT));
		assert_int_equal(left_on(&b, n), 1);
		map_page(&b, b.config[n].liobn[0], 2 * PAGE, n + 1);
		assert_true(sees(&b, n, 2 * PAGE, n + 1));
	}
}

static void without_the_vmms_leave_the_tokens_are_unknown(void **state)
{
	struct firmware f;
	const uint32_t args[4] = { 0 }, tokens[] = { ASSOCIATE, DISSOCIATE };

	firmware_start(&f, "power9");
	assert_int_equal(raw_call(&f, ASSOCIATE, 4, args, 1), STCE_H_TOO_HARD);
	assert_int_equal(raw_call(&f, DISSOCIATE, 4, args, 1), STCE_H_TOO_HARD);
	assert_int_equal(raw_call(&f, 0, 4, args, 1), STCE_H_TOO_HARD);
	stce_phb_free(f.phb);
	assert_int_equal(stce_vm_set_rtas_associate(f.v.vm, tokens), 0);
	assert_int_equal(stce_phb_new(f.v.vm, &f.config, &f.phb), 0);
	assert_int_equal(raw_call(&f, ASSOCIATE, 4, args, 1), STCE_H_SUCCESS);
	assert_int_equal((int)f.ret[0], STCE_RTAS_PARAMETER_ERROR);
	firmware_stop(&f);
}

static void one_table_serves_three_bridges(void **state)
{
	uint64_t tables = stats_of(b.f.v.c.machine).guest_tables;

	share_window();
	assert_int_equal(stats_of(b.f.v.c.machine).guest_tables, tables + 1);
	map_page(&b, liobn, LATER, 6);
	for (unsigned int n = 0; n < BRIDGES; n++) {
		assert_true(sees(&b, n, AT, 5));
		assert_true(sees(&b, n, LATER, 6));
		assert_int_equal(left_on(&b, n), 0);
	}
	assert_int_equal(h_put(&b.f.v, liobn, AT, 0), STCE_H_SUCCESS);
	for (unsigned int n = 0; n < BRIDGES; n++)
		assert_true(is_blind(&b, n, AT));
}

/* The two guest tables that are not made are not charged. */
static void three_tables_are_charged_more_than_one(void **state)
{
	uint64_t one, three;

	share_window();
	one = locked(&b.f) - locked_before;
	assert_int_equal(stce_vm_reset(b.f.v.vm), 0);
	for (unsigned int n = 0; n < BRIDGES; n++)
		assert_int_equal(create_on(&b, n, 12, 30), STCE_RTAS_SUCCESS);
	three = locked(&b.f) - locked_before;
	assert_true(three - one >= 2 * (GIB / PAGE) * sizeof(uint64_t));
}

static void with_a_shared_table_the_hardware_has_one_too(void **state)
{
	uint64_t one;

	bridges_stop(&b);
	bridges_start_with(&b, "share", "on");
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
	map_page(&b, liobn, AT, 5);
	one = stats_of(b.f.v.c.machine).table_bytes;
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_SUCCESS);
	assert_int_equal(stats_of(b.f.v.c.machine).table_bytes, one);
	assert_true(sees(&b, 1, AT, 5));
	/* The one that leaves takes nothing with it. */
	assert_int_equal(dissociate(&b, OWNER, liobn), STCE_RTAS_SUCCESS);
	assert_true(is_blind(&b, OWNER, AT));
	assert_true(sees(&b, 1, AT, 5));
	assert_int_equal(stats_of(b.f.v.c.machine).table_bytes, one);
}

/* (W3) */
static void bridges_leave_in_any_order(void **state)
{
	static const unsigned int orders[6][BRIDGES] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	for (unsigned int o = 0; o < ARRAY_COUNT(orders); o++) {
		share_window();
		for (unsigned int i = 0; i < BRIDGES; i++) {
			assert_int_equal(dissociate(&b, orders[o][i], liobn), STCE_RTAS_SUCCESS);
			assert_true(is_blind(&b, orders[o][i], AT));
			for (unsigned int j = i + 1; j < BRIDGES; j++)
				assert_true(sees(&b, orders[o][j], AT, 5));
			assert_int_equal(has_table(&b.f, liobn, HIGH), i + 1 < BRIDGES);
		}
		is_as_before();
	}
}

/* (W2) */
static void the_default_window_comes_back_on_the_bridge_that_leaves(void **state)
{
	for (unsigned int n = 0; n < BRIDGES; n++)
		assert_int_equal(remove_liobn(&b.f, b.config[n].liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
	/* The window is at 0 now, and its LIOBN that of the default one, which stays the bridge's own. */
	assert_int_equal(b.f.ret[1], b.config[OWNER].liobn[0]);
	assert_int_equal(associate(&b, 1, b.config[OWNER].liobn[0]), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
	map_page(&b, liobn, AT, 5);
	/* These bridges have no window at all, and their hardware would begin at 0. */
	for (unsigned int n = 1; n < BRIDGES; n++) {
		assert_int_equal(associate(&b, n, liobn), STCE_RTAS_SUCCESS);
		assert_true(sees(&b, n, AT, 5));
		assert_int_equal(left_on(&b, n), 1);
		assert_false(has_table(&b.f, b.config[n].liobn[0], 0));
		assert_int_equal(dissociate(&b, n, liobn), STCE_RTAS_SUCCESS);
		assert_true(has_table(&b.f, b.config[n].liobn[0], 0));
	}
}

static void remove_takes_the_window_from_all_bridges(void **state)
{
	share_window();
	for (unsigned int n = 0; n < BRIDGES; n += 2)
		assert_int_equal(remove_liobn(&b.f, b.config[n].liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(remove_liobn(&b.f, liobn), STCE_RTAS_SUCCESS);
	is_as_before();
	assert_int_equal(remove_liobn(&b.f, liobn), STCE_RTAS_PARAMETER_ERROR);
}

/* A window at the place of a default one goes too, and the default that comes back is another. */
static void remove_ends_with_the_window_that_it_names(void **state)
{
	uint32_t low = b.config[OWNER].liobn[0];

	assert_int_equal(remove_liobn(&b.f, low), STCE_RTAS_SUCCESS);
	assert_int_equal(create_on(&b, OWNER, 12, 20), STCE_RTAS_SUCCESS);
	assert_int_equal(b.f.ret[1], low);
	assert_int_equal(remove_liobn(&b.f, low), STCE_RTAS_SUCCESS);
	assert_true(has_table(&b.f, low, GIB - PAGE));
	is_as_before();
}

static void a_reset_takes_the_window_from_its_bridge_alone(void **state)
{
	for (unsigned int n = 0; n < BRIDGES; n++) {
		share_window();
		assert_int_equal(reset_of(&b, n), STCE_RTAS_SUCCESS);
		assert_true(is_blind(&b, n, AT));
		for (unsigned int other = 0; other < BRIDGES; other++)
			assert_true(other == n || sees(&b, other, AT, 5));
		assert_int_equal(remove_liobn(&b.f, liobn), STCE_RTAS_SUCCESS);
		is_as_before();
	}
	share_window();
	assert_int_equal(stce_phb_reset(b.phb[OWNER]), 0);
	assert_true(sees(&b, 2, AT, 5));
	assert_int_equal(stce_vm_reset(b.f.v.vm), 0);
	is_as_before();
}

static void the_first_bridge_can_make_no_other_while_its_liobn_is_in_use(void **state)
{
	share_window();
	assert_int_equal(reset_of(&b, OWNER), STCE_RTAS_SUCCESS);
	assert_int_equal(left_on(&b, OWNER), 0);
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_HARDWARE_ERROR);
	assert_true(sees(&b, 1, AT, 5));
	/* It can have the window again. */
	assert_int_equal(associate(&b, OWNER, liobn), STCE_RTAS_SUCCESS);
	assert_true(sees(&b, OWNER, AT, 5));
	assert_int_equal(remove_liobn(&b.f, liobn), STCE_RTAS_SUCCESS);
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
}

static void a_bridge_that_is_freed_leaves_the_window_to_the_others(void **state)
{
	share_window();
	bridges_free(&b, OWNER);
	assert_true(sees(&b, 1, AT, 5));
	assert_true(sees(&b, 2, AT, 5));
	assert_int_equal(stce_phb_new(b.f.v.vm, &b.config[OWNER], &b.phb[OWNER]), 0);
	bridges_add_group(&b, OWNER);
	assert_true(is_blind(&b, OWNER, AT));
	bridges_free(&b, 2);
	assert_true(sees(&b, 1, AT, 5));
	bridges_free(&b, 1);
	assert_false(has_table(&b.f, liobn, HIGH));
}

static void groups_come_and_go_on_a_bridge_that_was_associated(void **state)
{
	assert_int_equal(stce_phb_remove_group(b.phb[2], b.group[2]), 0);
	share_window();
	bridges_add_group(&b, 2);
	assert_true(sees(&b, 2, AT, 5));
	map_page(&b, liobn, LATER, 6);
	assert_true(sees(&b, 2, LATER, 6));
	assert_int_equal(stce_phb_remove_group(b.phb[2], b.group[2]), 0);
	assert_true(is_blind(&b, 2, AT));
	assert_true(sees(&b, 1, AT, 5));
	/* OWNER loses its group; the others still follow the table. */
	assert_int_equal(stce_phb_remove_group(b.phb[OWNER], b.group[OWNER]), 0);
	map_page(&b, liobn, AT, 8);
	assert_true(sees(&b, 1, AT, 8));
	bridges_add_group(&b, 2);
	assert_true(sees(&b, 2, AT, 8));
	bridges_add_group(&b, OWNER);
	assert_true(sees(&b, OWNER, AT, 8));
}

/* What the guest had mapped before a group came is there for it, in every window. */
static void a_late_group_gets_the_entries_of_all_windows(void **state)
{
	struct history_item change;

	assert_int_equal(stce_phb_remove_group(b.phb[OWNER], b.group[OWNER]), 0);
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
	map_page(&b, liobn, AT, 5);
	map_page(&b, b.config[OWNER].liobn[0], 9 * PAGE, 9);
	clears = 0;
	bridges_add_group(&b, OWNER);
	assert_true(clears > 0);
	assert_true(sees(&b, OWNER, AT, 5));
	assert_true(sees(&b, OWNER, 9 * PAGE, 9));
	assert_int_equal(history_find(to_ioba(9 * PAGE), NULL, UINT64_MAX, &change, 1), 1);
	assert_int_equal(change.kind, HISTORY_FILLED);
}

/* The guest's entries go to the other bridge, and not what the VMM has mapped in the window itself. */
static void another_bridge_gets_what_the_guest_has_mapped(void **state)
{
	const uint64_t own[] = { HIGH, HIGH + 4 * PAGE, HIGH + 50000 * PAGE, HIGH + 200000 * PAGE };

	for (unsigned int i = 0; i < ARRAY_COUNT(own); i++) {
		assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
		map_page(&b, liobn, AT, 5);
		map_page(&b, liobn, HIGH + 100000 * PAGE, 6);
		assert_int_equal(map_dma(b.container[OWNER], b.f.v.ram + 9 * PAGE, own[i], PAGE, RW), 0);
		assert_true(sees(&b, OWNER, own[i], 9));
		assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_SUCCESS);
		assert_true(is_blind(&b, 1, own[i]));
		assert_true(sees(&b, 1, AT, 5));
		assert_int_equal(unmap_dma(b.container[OWNER], AT, PAGE), 0);
		assert_int_equal(map_dma(b.container[OWNER], b.f.v.ram + 9 * PAGE, AT, PAGE, RW), 0);
		assert_int_equal(dissociate(&b, 1, liobn), STCE_RTAS_SUCCESS);
		assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_SUCCESS);
		assert_true(sees(&b, 1, AT, 5));
		assert_true(sees(&b, OWNER, AT, 9));
		assert_int_equal(remove_liobn(&b.f, liobn), STCE_RTAS_SUCCESS);
		is_as_before();
	}
}

/* An entry of the guest covers 16 of the hardware's, because its memory has pages of 4K. */
static void entries_of_larger_pages_go_to_another_bridge(void **state)
{
	uint64_t mapped;

	assert_int_equal(create_on(&b, OWNER, 16, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(h_put(&b.f.v, liobn, HIGH + 5 * PAGE_64K, (GPA + PAGE_64K) | 1), STCE_H_SUCCESS);
	mapped = stats_of(b.f.v.c.machine).pages_mapped;
	for (unsigned int n = 1; n < BRIDGES; n++) {
		assert_int_equal(associate(&b, n, liobn), STCE_RTAS_SUCCESS);
		assert_true(sees(&b, n, HIGH + 5 * PAGE_64K + 3 * PAGE, 16 + 3));
		assert_true(is_blind(&b, n, HIGH + 6 * PAGE_64K));
		assert_int_equal(stce_dma_write(b.f.v.c.machine, (int)n + 1, HIGH + 5 * PAGE_64K, "x", 1), -EFAULT);
	}
	/* Windows with one hardware table count their pages once, and all of them are given back. */
	assert_int_equal(stats_of(b.f.v.c.machine).pages_mapped, mapped);
	assert_int_equal(remove_liobn(&b.f, liobn), STCE_RTAS_SUCCESS);
	assert_int_equal(stats_of(b.f.v.c.machine).pages_mapped, 0);
}

/* Every part of the hardware table has an entry: the table is 2 MiB. */
static void takes_no_memory(unsigned int shift)
{
	uint64_t step = GIB / 64;
	struct stce_stats before;

	assert_int_equal(create_on(&b, OWNER, shift, 30), STCE_RTAS_SUCCESS);
	for (uint64_t at = 0; at < GIB; at += step)
		assert_int_equal(h_put(&b.f.v, liobn, HIGH + at, (GPA + PAGE_64K) | 3), STCE_H_SUCCESS);
	before = stats_of(b.f.v.c.machine);
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_SUCCESS);
	assert_true(stats_of(b.f.v.c.machine).table_bytes_peak - before.table_bytes < MIB);
	for (uint64_t at = 0; at < GIB; at += step)
		assert_true(sees(&b, 1, HIGH + at, 16));
	assert_int_equal(remove_liobn(&b.f, liobn), STCE_RTAS_SUCCESS);
	is_as_before();
}

static void an_association_takes_no_memory_for_entries(void **state)
{
	takes_no_memory(12);
	bridges_stop(&b);
	bridges_start(&b);
	takes_no_memory(16);
}

#define ENTRIES 8192u
#define ROUNDS  6u

/* Maps pages after page 0, which RTAS calls use. */
static void map_all(void)
{
	uint64_t tce[KVM_LIST];

	for (unsigned int i = 0; i < KVM_LIST; i++)
		tce[i] = (GPA + (1 + i % 15) * PAGE) | 3;
	assert_int_equal(stce_vm_enable_hcall(b.f.v.vm, STCE_H_PUT_TCE_INDIRECT, true), 0);
	set_list(&b.f.v, LIST, tce, KVM_LIST);
	for (unsigned int i = 0; i < ENTRIES; i += KVM_LIST)
		assert_int_equal(h_indirect(&b.f.v, liobn, HIGH + i * PAGE, LIST, KVM_LIST), STCE_H_SUCCESS);
}

struct writer {
	_Atomic(bool) is_ended;
	_Atomic(unsigned int) puts;
};

/* A vCPU that maps other pages all the time. Returns NULL, or what went wrong. */
static void *write_entries(void *argument)
{
	struct writer *w = argument;
	uint64_t n = 1;

	for (; !atomic_load(&w->is_ended); n = n * 6364136223846793005u + 1442695040888963407u) {
		if (h_put(&b.f.v, liobn, HIGH + (n >> 40) % ENTRIES * PAGE, (GPA + (1 + (n >> 55) % 15) * PAGE) | 3))
			return "a put was refused";
		atomic_fetch_add(&w->puts, 1);
	}
	return NULL;
}

/* Returns how many entries the device of a bridge sees otherwise than the guest. */
static unsigned int count_differences(unsigned int n)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		uint64_t tce = h_get(&b.f.v, liobn, HIGH + i * PAGE);

		count += !sees(&b, n, HIGH + i * PAGE, (unsigned int)((tce - GPA) / PAGE));
	}
	return count;
}

/* (L1) No entry that a vCPU writes meanwhile is lost, or overwritten by an older one. */
static void a_vcpu_may_map_while_bridges_come_and_go(void **state)
{
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
	map_all();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct writer w = { 0 };
		pthread_t thread;
		void *why;

		assert_int_equal(pthread_create(&thread, NULL, write_entries, &w), 0);
		while (atomic_load(&w.puts) < 100)
			sched_yield();
		for (unsigned int n = 1; n < BRIDGES; n++)
			assert_int_equal(associate(&b, n, liobn), STCE_RTAS_SUCCESS);
		atomic_store(&w.is_ended, true);
		pthread_join(thread, &why);
		assert_null(why);
		for (unsigned int n = 0; n < BRIDGES; n++)
			assert_int_equal(count_differences(n), 0);
		for (unsigned int n = 1; n < BRIDGES; n++)
			assert_int_equal(dissociate(&b, n, liobn), STCE_RTAS_SUCCESS);
	}
}

/* The same with the first window that follows, which has no other one's parts to take. */
static void a_vcpu_may_map_while_a_group_comes(void **state)
{
	assert_int_equal(create_on(&b, OWNER, 12, 30), STCE_RTAS_SUCCESS);
	map_all();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct writer w = { 0 };
		pthread_t thread;
		void *why;

		assert_int_equal(stce_phb_remove_group(b.phb[OWNER], b.group[OWNER]), 0);
		assert_int_equal(pthread_create(&thread, NULL, write_entries, &w), 0);
		while (atomic_load(&w.puts) < 100)
			sched_yield();
		bridges_add_group(&b, OWNER);
		atomic_store(&w.is_ended, true);
		pthread_join(thread, &why);
		assert_null(why);
		assert_int_equal(count_differences(OWNER), 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_the_vmms_leave_the_tokens_are_unknown),
		T(one_table_serves_three_bridges),
		T(three_tables_are_charged_more_than_one),
		T(with_a_shared_table_the_hardware_has_one_too),
		T(bridges_leave_in_any_order),
		T(the_default_window_comes_back_on_the_bridge_that_leaves),
		T(remove_takes_the_window_from_all_bridges),
		T(remove_ends_with_the_window_that_it_names),
		T(a_reset_takes_the_window_from_its_bridge_alone),
		T(the_first_bridge_can_make_no_other_while_its_liobn_is_in_use),
		T(a_bridge_that_is_freed_leaves_the_window_to_the_others),
		T(groups_come_and_go_on_a_bridge_that_was_associated),
		T(a_late_group_gets_the_entries_of_all_windows),
		T(another_bridge_gets_what_the_guest_has_mapped),
		T(entries_of_larger_pages_go_to_another_bridge),
		T(an_association_takes_no_memory_for_entries),
		T(a_vcpu_may_map_while_bridges_come_and_go),
		T(a_vcpu_may_map_while_a_group_comes),
	};

	return cmocka_run_group_tests_name("windows of several bridges", tests, NULL, NULL);
}
