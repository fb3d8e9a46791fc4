/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A wait for readers interrupts every thread of the process, so what ends waits once, and what ends
 * together waits together. The linker wraps rcu_synchronize().
 */
#include "testing.h"

#include <sys/mman.h>

#include "vmm_test.h"
#include "stats_of.h"

#define MANY 200

static unsigned int waits;

void __real_rcu_synchronize(void);
void __wrap_rcu_synchronize(void);
void __wrap_rcu_synchronize(void)
{
	waits++;
	__real_rcu_synchronize();
}

/* Symptom: one wait for the file, one for the LIOBN and one for each window. */
static void closing_a_table_waits_once(void **state)
{
	vmm_link(&v);
	waits = 0;
	assert_int_equal(stce_close(v.table), 0);
	assert_int_equal(waits, 1);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_TOO_HARD);
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
	assert_true(v.table >= 0);
}

static struct stce_state *new_save(void)
{
	struct stce_state *save;

	assert_int_equal(stce_state_new(v.vm, &save), 0);
	return save;
}

static int take_nothing(void *context, const void *bytes, size_t size)
{
	return 0;
}

/* Symptom: each table waited by itself when its dirty log was started and when that ended. */
static void saving_waits_once_for_the_logs_of_all_tables(void **state)
{
	struct stce_state *save;
	int tables[MANY];

	for (unsigned int i = 0; i < MANY; i++) {
		tables[i] = make_table(&v, LIOBN + 1 + i, 12, 0, 0x400);
		assert_true(tables[i] >= 0);
	}
	save = new_save();
	assert_int_equal(stce_state_save_begin(save, take_nothing, NULL), 0);
	waits = 0;
	assert_true(stce_state_save_pass(save) >= 0);
	assert_int_equal(waits, 1);
	assert_true(stce_state_save_pass(save) >= 0);
	assert_int_equal(waits, 1);
	stce_state_free(save);
	assert_int_equal(waits, 2);
	for (unsigned int i = 0; i < MANY; i++)
		assert_int_equal(stce_close(tables[i]), 0);
}

/* Symptom: it waited once more, for the calls that mark what they write. */
static void closing_a_table_with_a_dirty_log_waits_once(void **state)
{
	struct stce_state *save = new_save();

	assert_int_equal(stce_state_save_begin(save, take_nothing, NULL), 0);
	assert_true(stce_state_save_pass(save) >= 0);
	waits = 0;
	assert_int_equal(stce_close(v.table), 0);
	assert_int_equal(waits, 1);
	stce_state_free(save);
	assert_int_equal(waits, 1);
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
	assert_true(v.table >= 0);
}

static void removing_a_window_that_follows_waits_once(void **state)
{
	vmm_link(&v);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 3), 0);
	waits = 0;
	assert_int_equal(remove_window(v.c.container, 0), 0);
	assert_int_equal(waits, 1);
	/* The table is there, and no window follows. */
	assert_int_equal(h_put(&v, LIOBN, 0, 0), 0);
}

/* Symptom: the windows of a group waited one after another, and then once more with the container's. */
static void closing_a_group_with_two_windows_waits_once_for_them(void **state)
{
	struct client c;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(create_window(c.container, 16, bit64(26), 1, NULL), 0);
	waits = 0;
	assert_int_equal(stce_close(c.group), 0);
	/* One is for the windows, and one for the group's file. */
	assert_int_equal(waits, 2);
	c.group = -1;
	client_stop(&c);
}

/* The container keeps its windows for its other group. */
static void a_group_leaves_two_windows_behind_one_wait(void **state)
{
	struct client c;
	int second;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	second = open_group(&c, 2);
	assert_int_equal(set_container(second, c.container), 0);
	assert_int_equal(create_window(c.container, 16, bit64(26), 1, NULL), 0);
	waits = 0;
	assert_int_equal(stce_close(second), 0);
	assert_int_equal(waits, 2);
	client_stop(&c);
}

/* Each is kept by its mapping until the last; then the next call of the VM ends all of them. */
static void tables_that_are_closed_together_wait_once(void **state)
{
	static void *entries[MANY];
	uint64_t before = locked_kb(&v.c);
	int last;

	waits = 0;
	for (unsigned int i = 0; i < MANY; i++) {
		int table = make_table(&v, LIOBN + 1 + i, 12, 0, 0x400);

		assert_true(table >= 0);
		entries[i] = mmap(NULL, 0x2000, PROT_READ, MAP_SHARED, table, 0);
		assert_ptr_not_equal(entries[i], MAP_FAILED);
		assert_int_equal(stce_close(table), 0);
	}
	for (unsigned int i = 0; i < MANY; i++)
		munmap(entries[i], 0x2000);
	assert_int_equal(waits, 0);
	last = make_table(&v, LIOBN + 1, 12, 0, 0x400);
	assert_true(last >= 0);
	assert_int_equal(waits, 1);
	assert_int_equal(stce_close(last), 0);
	assert_int_equal(waits, 2);
	assert_int_equal(locked_kb(&v.c), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(closing_a_table_waits_once),
		TEST(closing_a_table_with_a_dirty_log_waits_once),
		TEST(saving_waits_once_for_the_logs_of_all_tables),
		TEST(removing_a_window_that_follows_waits_once),
		TEST(tables_that_are_closed_together_wait_once),
		cmocka_unit_test(closing_a_group_with_two_windows_waits_once_for_them),
		cmocka_unit_test(a_group_leaves_two_windows_behind_one_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
