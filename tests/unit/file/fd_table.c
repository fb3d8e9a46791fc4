/* SPDX-License-Identifier: BSD-2-Clause */
/* From numbers to files: references, the ends of the table, duplicates. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "file/fd_table.h"
#include "node.h"

#define FD 700000            /* far above any number in use */
#define END (1024 * 1024)

static unsigned int live;

static void a_number_holds_a_reference_until_it_is_cleared(void **state)
{
	struct file *file = counted_new(&live, false), *found;

	assert_int_equal(fd_table_set(FD, file), 0);
	assert_true(fd_table_has(FD));
	found = fd_table_get(FD);
	assert_ptr_equal(found, file);
	assert_ptr_equal(fd_table_clear(FD), file);
	assert_false(fd_table_has(FD));
	assert_null(fd_table_get(FD));
	assert_null(fd_table_clear(FD));
	file_put(file);
	/* The call in progress keeps the object. */
	assert_int_equal(live, 1);
	file_put(found);
	assert_int_equal(live, 0);
}

static void a_number_that_is_set_again_lets_the_old_file_go(void **state)
{
	struct file *first = counted_new(&live, false), *second = counted_new(&live, false);

	assert_int_equal(fd_table_set(FD, first), 0);
	assert_int_equal(fd_table_set(FD, second), 0);
	assert_int_equal(live, 1);
	file_put(fd_table_clear(FD));
	assert_int_equal(live, 0);
}

/* Symptom: a child that put a duplicate over an inherited number released its parent's object. */
static void an_inherited_file_is_not_released_by_what_takes_its_number(void **state)
{
	struct file *parent = counted_new(&live, false), *own = counted_new(&live, false);

	parent->mm ^= 1;
	assert_int_equal(fd_table_set(FD, parent), 0);
	assert_int_equal(fd_table_set(FD, own), 0);
	assert_int_equal(live, 2);
	file_put(parent);
	file_put(fd_table_clear(FD));
	assert_int_equal(live, 0);
}

static void two_numbers_may_be_one_file(void **state)
{
	struct file *file = counted_new(&live, false);

	assert_int_equal(fd_table_set(FD, file_get(file)), 0);
	assert_int_equal(fd_table_set(FD + 5000, file), 0);
	file_put(fd_table_clear(FD));
	assert_int_equal(live, 1);
	file_put(fd_table_clear(FD + 5000));
	assert_int_equal(live, 0);
}

static void the_table_has_two_ends(void **state)
{
	struct file *file = counted_new(&live, false);

	assert_int_equal(fd_table_set(-1, file), -EMFILE);
	assert_int_equal(fd_table_set(END, file), -EMFILE);
	assert_null(fd_table_get(-1));
	assert_null(fd_table_get(END));
	assert_null(fd_table_clear(END));
	assert_false(fd_table_has(-1));
	assert_false(fd_table_has(INT32_MAX));
	assert_int_equal(fd_table_set(END - 1, file), 0);
	file_put(fd_table_clear(END - 1));
	assert_int_equal(live, 0);
}

static void without_memory_nothing_is_set(void **state)
{
	struct file *file = counted_new(&live, false);

	/* The number is in a block of the table that was not in use. */
	alloc_fail_after(0);
	assert_int_equal(fd_table_set(300000, file), -ENOMEM);
	alloc_fail_after(-1);
	assert_false(fd_table_has(300000));
	file_put(file);
	assert_int_equal(live, 0);
}

static void a_file_on_its_way_out_cannot_be_taken_up(void **state)
{
	struct file *file = counted_new(&live, false);

	assert_true(file_try_get(file));
	file_put(file);
	atomic_store(&file->references, 0);
	assert_false(file_try_get(file));
	atomic_store(&file->references, 1);
	file_put(file);
	assert_int_equal(live, 0);
}

/*
 * The linker's --wrap shows the number that the kernel reuses right after a close, and whether it
 * is ours.
 */
static bool is_watched, was_ours;

int __real_os_close(int fd);
int __wrap_os_close(int fd);

int __wrap_os_close(int fd)
{
	int r = __real_os_close(fd), other;

	if (!is_watched)
		return r;
	is_watched = false;
	other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(other, fd);
	was_ours = fd_table_has(other);
	close(other);
	return r;
}

/* (F1) */
static void a_number_is_out_of_the_table_before_the_kernel_hands_it_out_again(void **state)
{
	struct file *file = counted_new(&live, false);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(fd_table_set(fd, file), 0);
	is_watched = true;
	assert_int_equal(fd_table_close(fd), 0);
	assert_false(is_watched);
	assert_false(was_ours);
	assert_int_equal(live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_holds_a_reference_until_it_is_cleared),
		cmocka_unit_test(a_number_that_is_set_again_lets_the_old_file_go),
		cmocka_unit_test(an_inherited_file_is_not_released_by_what_takes_its_number),
		cmocka_unit_test(two_numbers_may_be_one_file),
		cmocka_unit_test(the_table_has_two_ends),
		cmocka_unit_test(without_memory_nothing_is_set),
		cmocka_unit_test(a_file_on_its_way_out_cannot_be_taken_up),
		cmocka_unit_test(a_number_is_out_of_the_table_before_the_kernel_hands_it_out_again),
	};

	return cmocka_run_group_tests_name("fd_table", tests, NULL, NULL);
}
