/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths, backing files, and descriptors from elsewhere. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file/fd_table.h"
#include "node.h"
#include "util/os.h"

static struct file_space space;
static struct file_node shared, fresh;
static unsigned int live;
static char directory[] = "/tmp/spapr-tce-space-XXXXXX";

static void build(struct file_space *s, struct file_node *a, struct file_node *b, const char *where)
{
	file_space_init(s, where, &live, NULL);
	*a = (struct file_node){ .ops = &counted_node_ops, .context = &live, .path = "/dev/a", .name = "a" };
	*b = (struct file_node){ .ops = &counted_node_ops, .context = &live, .path = "/dev/b", .name = "b",
				 .is_fresh = true };
	assert_int_equal(file_space_add(s, a), 0);
	assert_int_equal(file_space_add(s, b), 0);
}

static int start(void **state)
{
	build(&space, &shared, &fresh, NULL);
	return 0;
}

static int start_in_a_directory(void **state)
{
	strcpy(directory, "/tmp/spapr-tce-space-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	build(&space, &shared, &fresh, directory);
	return 0;
}

static int stop(void **state)
{
	char path[FILE_PATH_SIZE];

	file_space_fini(&space);
	snprintf(path, sizeof(path), "%s/a", directory);
	unlink(path);
	rmdir(directory);
	return 0;
}

static void close_file(int fd)
{
	struct file *file = fd_table_clear(fd);

	close(fd);
	if (file)
		file_put(file);
}

static void nodes_are_found_by_their_whole_path(void **state)
{
	assert_ptr_equal(file_space_find(&space, "/dev/a"), &shared);
	assert_ptr_equal(file_space_find(&space, "/dev/b"), &fresh);
	assert_null(file_space_find(&space, "/dev/ab"));
	assert_null(file_space_find(&space, "/dev/"));
	assert_null(file_space_find(&space, ""));
}

static void an_open_file_is_in_the_table(void **state)
{
	int fd = file_space_open(&space, &shared, O_CLOEXEC), other = file_space_open(&space, &fresh, 0);

	assert_true(fd_table_has(fd) && fd_table_has(other));
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(other, F_GETFD), 0);
	assert_int_equal(live, 2);
	close_file(fd);
	close_file(other);
	assert_int_equal(live, 0);
}

static void a_shared_node_has_one_inode_and_a_fresh_one_many(void **state)
{
	int fd[] = { file_space_open(&space, &shared, 0), file_space_open(&space, &shared, 0),
		     file_space_open(&space, &fresh, 0), file_space_open(&space, &fresh, 0) };
	uint64_t ino[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(os_fstat(fd[i], NULL, &ino[i], NULL, NULL), 0);
	assert_true(ino[0] == ino[1]);
	assert_true(ino[2] != ino[3]);
	for (int i = 0; i < 4; i++)
		close_file(fd[i]);
}

static void a_duplicate_is_adopted_as_the_same_file(void **state)
{
	int fd = file_space_open(&space, &fresh, 0), copy = dup(fd);
	struct file *a, *b;

	assert_false(fd_table_has(copy));
	assert_true(file_space_adopt(&space, copy));
	a = fd_table_get(fd);
	b = fd_table_get(copy);
	assert_ptr_equal(a, b);
	assert_int_equal(live, 1);
	file_put(a);
	file_put(b);
	close_file(fd);
	assert_int_equal(live, 1);
	close_file(copy);
	assert_int_equal(live, 0);
}

static void a_file_that_nobody_here_has_open_is_opened_as_adopted(void **state)
{
	int fd = file_space_open(&space, &fresh, 0), copy = dup(fd);
	struct file *file;

	close_file(fd);
	assert_int_equal(live, 0);
	assert_true(file_space_adopt(&space, copy));
	file = fd_table_get(copy);
	assert_true(container_of(file, struct counted_file, file)->adopted);
	file_put(file);
	close_file(copy);
	assert_int_equal(live, 0);
}

static void strangers_are_not_adopted(void **state)
{
	int null = open("/dev/null", O_RDWR), memory = memfd_create("spapr-tce.00000000.b", 0);

	assert_false(file_space_adopt(&space, null));
	assert_false(file_space_adopt(&space, memory));
	assert_false(file_space_adopt(&space, 100000));
	assert_false(file_space_adopt(&space, -1));
	close(null);
	close(memory);
}

/* Symptom: a letter after the directory's name was taken for the slash. */
static void neighbours_of_the_directory_are_not_adopted(void **state)
{
	char path[FILE_PATH_SIZE];
	int itself = open(directory, O_RDONLY | O_DIRECTORY), neighbour;

	snprintf(path, sizeof(path), "%sXa", directory);
	neighbour = open(path, O_RDWR | O_CREAT, 0600);
	assert_true(itself >= 0 && neighbour >= 0);
	assert_false(file_space_adopt(&space, itself));
	assert_false(file_space_adopt(&space, neighbour));
	unlink(path);
	close(neighbour);
	close(itself);
}

static void two_spaces_do_not_adopt_from_each_other(void **state)
{
	struct file_space other;
	struct file_node a, b;
	int fd = file_space_open(&space, &fresh, 0), copy = dup(fd);

	build(&other, &a, &b, NULL);
	assert_false(file_space_adopt(&other, copy));
	close(copy);
	close_file(fd);
	file_space_fini(&other);
}

/* Symptom: the reference to the file that was found leaked. */
static void without_memory_nothing_is_adopted_and_nothing_leaks(void **state)
{
	int fd = file_space_open(&space, &fresh, 0), copy = fcntl(fd, F_DUPFD, 900);

	/* A number in a block of the table that was not in use. */
	if (copy < 0 || (copy = fcntl(fd, F_DUPFD, 1024)) < 0) {
		close_file(fd);
		print_message("# no descriptor above 1023 may be had\n");
		skip();
	}
	alloc_fail_after(0);
	assert_false(file_space_adopt(&space, copy));
	alloc_fail_after(-1);
	close(copy);
	close_file(fd);
	assert_int_equal(live, 0);
}

static void a_lock_shows_while_any_copy_is_open(void **state)
{
	int fd = file_space_open(&space, &shared, 0), copy;

	assert_int_equal(file_node_is_locked(&space, &shared), 0);
	assert_int_equal(os_lock_byte(fd, 0, true), 0);
	assert_int_equal(file_node_is_locked(&space, &shared), 1);
	copy = dup(fd);
	close_file(fd);
	assert_int_equal(file_node_is_locked(&space, &shared), 1);
	close(copy);
	assert_int_equal(file_node_is_locked(&space, &shared), 0);
}

static void a_backing_file_that_cannot_be_opened_leaves_nothing(void **state)
{
	int before = dup(0), after;

	close(before);
	strcpy(shared.name, "missing/a");
	assert_int_equal(file_space_open(&space, &shared, 0), -ENOENT);
	strcpy(shared.name, "a");
	after = dup(0);
	assert_int_equal(before, after);
	close(after);
	assert_int_equal(live, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
#define IN_A_DIRECTORY(f) { #f "_in_a_directory", f, start_in_a_directory, stop, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_are_found_by_their_whole_path),
		TEST(an_open_file_is_in_the_table),
		TEST(a_shared_node_has_one_inode_and_a_fresh_one_many),
		TEST(a_duplicate_is_adopted_as_the_same_file),
		TEST(a_file_that_nobody_here_has_open_is_opened_as_adopted),
		TEST(strangers_are_not_adopted),
		TEST(two_spaces_do_not_adopt_from_each_other),
		TEST(without_memory_nothing_is_adopted_and_nothing_leaks),
		TEST(a_lock_shows_while_any_copy_is_open),
		IN_A_DIRECTORY(an_open_file_is_in_the_table),
		IN_A_DIRECTORY(a_shared_node_has_one_inode_and_a_fresh_one_many),
		IN_A_DIRECTORY(a_duplicate_is_adopted_as_the_same_file),
		IN_A_DIRECTORY(a_file_that_nobody_here_has_open_is_opened_as_adopted),
		IN_A_DIRECTORY(strangers_are_not_adopted),
		IN_A_DIRECTORY(neighbours_of_the_directory_are_not_adopted),
		IN_A_DIRECTORY(a_lock_shows_while_any_copy_is_open),
		IN_A_DIRECTORY(a_backing_file_that_cannot_be_opened_leaves_nothing),
	};

	return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
