/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of changes: what is found, in which order, and for how long. */
#include "testing.h"

#include <sys/wait.h>
#include <unistd.h>

#include "util/fork.h"
#include "util/history.h"
#include "util/os.h"

#define START    UINT64_C(0x10000)
#define LATER    UINT64_MAX
#define CAPACITY 8192u

/* Only their addresses matter. */
static char first, second;

/* Each test has addresses of its own, because the ring is the process's. */
static uint64_t base;

static int next_place(void **state)
{
	base += UINT64_C(1) << 40;
	history_turn(true);
	return 0;
}

static void note(const void *window, enum history_kind kind, uint64_t offset, uint64_t length, uint64_t value)
{
	history_note(kind, window, to_ioba(base + offset), length, value);
}

static unsigned int find(const void *window, uint64_t offset, struct history_item item[4])
{
	return history_find(to_ioba(base + offset), window, LATER, item, 4);
}

static void a_change_is_found_with_all_that_was_noted(void **state)
{
	uint64_t before = os_now_ns();
	struct history_item item[4];

	note(&first, HISTORY_MAP, START, 0x2000, 0xabc000);
	assert_int_equal(find(&first, START + 0x1fff, item), 1);
	assert_int_equal(item[0].kind, HISTORY_MAP);
	assert_int_equal(item[0].thread, gettid());
	assert_int_equal(item[0].window, (uintptr_t)&first);
	assert_int_equal(item[0].start.value, base + START);
	assert_int_equal(item[0].length, 0x2000);
	assert_int_equal(item[0].value, 0xabc000);
	assert_in_range(item[0].time, before, os_now_ns());
}

static void only_changes_of_the_address_are_found(void **state)
{
	struct history_item item[4];

	note(&first, HISTORY_MAP, START, 0x1000, 1);
	assert_int_equal(find(NULL, START - 1, item), 0);
	assert_int_equal(find(NULL, START, item), 1);
	assert_int_equal(find(NULL, START + 0xfff, item), 1);
	assert_int_equal(find(NULL, START + 0x1000, item), 0);
}

static void the_newest_come_first_and_no_more_than_are_wanted(void **state)
{
	struct history_item item[4];

	for (uint64_t n = 1; n <= 6; n++)
		note(&first, n & 1 ? HISTORY_MAP : HISTORY_UNMAP, START, 0x1000, n);
	assert_int_equal(find(&first, START, item), 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(item[i].value, 6 - i);
	assert_int_equal(history_find(to_ioba(base + START), NULL, LATER, item, 2), 2);
}

static void a_window_has_its_own_changes(void **state)
{
	struct history_item item[4];

	note(&first, HISTORY_MAP, START, 0x1000, 1);
	note(&second, HISTORY_MAP, START, 0x1000, 2);
	assert_int_equal(find(&first, START, item), 1);
	assert_int_equal(item[0].value, 1);
	assert_int_equal(find(NULL, START, item), 2);
}

/* Another window was at the same place in memory. */
static void what_is_older_than_the_window_is_not_its_own(void **state)
{
	struct history_item item[4];

	note(&first, HISTORY_MAP, START, 0x1000, 1);
	note(&first, HISTORY_WINDOW_REMOVED, 0, 0x100000, 0);
	note(&first, HISTORY_WINDOW_CREATED, 0, 0x100000, 0);
	note(&first, HISTORY_UNMAP, START, 0x1000, 0);
	assert_int_equal(find(&first, START, item), 2);
	assert_int_equal(item[0].kind, HISTORY_UNMAP);
	assert_int_equal(item[1].kind, HISTORY_WINDOW_CREATED);
	assert_int_equal(find(NULL, START, item), 4);
}

static void what_is_younger_than_the_fault_is_left_out(void **state)
{
	struct history_item item[4];
	uint64_t fault;

	note(&first, HISTORY_MAP, START, 0x1000, 1);
	fault = os_now_ns();
	while (os_now_ns() == fault)
		;
	note(&first, HISTORY_UNMAP, START, 0x1000, 0);
	assert_int_equal(history_find(to_ioba(base + START), &first, fault, item, 4), 1);
	assert_int_equal(item[0].kind, HISTORY_MAP);
}

static void while_it_is_off_only_rare_changes_are_noted(void **state)
{
	struct history_item item[4];

	history_turn(false);
	note(&first, HISTORY_MAP, START, 0x1000, 1);
	history_note_always(HISTORY_WINDOW_REMOVED, &first, to_ioba(base), 0x100000, 0);
	assert_int_equal(find(&first, START, item), 1);
	assert_int_equal(item[0].kind, HISTORY_WINDOW_REMOVED);
}

/* The slot of the oldest is the next to be written. */
static void the_last_8192_less_one_are_found(void **state)
{
	struct history_item item[4];

	note(&first, HISTORY_MAP, START, 0x1000, 1);
	for (unsigned int i = 0; i < CAPACITY - 2; i++)
		note(&first, HISTORY_MAP, 0, 0x1000, 2);
	assert_int_equal(find(&first, START, item), 1);
	note(&first, HISTORY_MAP, 0, 0x1000, 2);
	note(&first, HISTORY_MAP, 0, 0x1000, 2);
	assert_int_equal(find(&first, START, item), 0);
	assert_int_equal(find(&first, 0, item), 4);
}

static int child_of(pid_t parent)
{
	struct history_item item[4];

	if (find(&first, START, item) != 1 || item[0].thread != parent)
		return 1;
	note(&first, HISTORY_UNMAP, START, 0x1000, 0);
	return find(&first, START, item) != 2 || item[0].thread != getpid();
}

static void a_child_has_its_parent_s_changes_and_then_its_own(void **state)
{
	struct history_item item[4];
	pid_t parent = getpid(), child;
	int status;

	note(&first, HISTORY_MAP, START, 0x1000, 1);
	/* This has the handlers of fork() linked; qemu-user does not wipe the page that tells a child otherwise. */
	fork_lock();
	fork_unlock();
	child = fork();
	if (!child)
		_exit(child_of(parent));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(find(&first, START, item), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_change_is_found_with_all_that_was_noted, next_place),
		cmocka_unit_test_setup(only_changes_of_the_address_are_found, next_place),
		cmocka_unit_test_setup(the_newest_come_first_and_no_more_than_are_wanted, next_place),
		cmocka_unit_test_setup(a_window_has_its_own_changes, next_place),
		cmocka_unit_test_setup(what_is_older_than_the_window_is_not_its_own, next_place),
		cmocka_unit_test_setup(what_is_younger_than_the_fault_is_left_out, next_place),
		cmocka_unit_test_setup(while_it_is_off_only_rare_changes_are_noted, next_place),
		cmocka_unit_test_setup(the_last_8192_less_one_are_found, next_place),
		cmocka_unit_test_setup(a_child_has_its_parent_s_changes_and_then_its_own, next_place),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
