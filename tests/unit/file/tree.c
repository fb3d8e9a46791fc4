/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes a directory while others have changed its content, or put something in its place. */
#include "testing.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/tree.h"

static char place[64];
static bool types_are_unknown;
static unsigned int unknown_count;

/*
 * Hides the types of directory entries, as some file systems do. The library's calls come here,
 * too; with 64-bit offsets the symbol is readdir64.
 */
struct dirent *readdir(DIR *directory)
{
	static struct dirent *(*real)(DIR *);
	struct dirent *entry;

	if (!real)
		real = (struct dirent *(*)(DIR *))dlsym(RTLD_NEXT, "readdir64");
	entry = real(directory);
	unknown_count += types_are_unknown && entry;
	if (entry && types_are_unknown)
		entry->d_type = DT_UNKNOWN;
	return entry;
}

static const char *at(const char *name)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", place, name);
	return path;
}

static void make_file(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static bool is_there(const char *name)
{
	struct stat st;

	return !lstat(at(name), &st);
}

/* Makes run/ with some of everything, and keep/file beside it, to which a link in run/ leads. */
static int start(void **state)
{
	strcpy(place, "/tmp/spapr-tce-tree-XXXXXX");
	types_are_unknown = false;
	if (!mkdtemp(place) || mkdir(at("keep"), 0700) || mkdir(at("run"), 0700) || mkdir(at("run/deep"), 0700) ||
	    mkdir(at("run/deep/deeper"), 0700) || symlink("../../keep", at("run/deep/link")))
		return -1;
	make_file("keep/file");
	make_file("run/file");
	make_file("run/deep/deeper/file");
	return 0;
}

static int stop(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", place);
	return system(command);
}

static void remove_run(void)
{
	int fd = tree_open(at("run"));

	assert_true(fd >= 0);
	tree_remove(fd, at("run"));
	close(fd);
}

static void everything_goes_and_links_are_not_followed(void **state)
{
	remove_run();
	assert_false(is_there("run"));
	assert_true(is_there("keep/file"));
}

/* Symptom: nothing was removed on a file system that does not tell the types of entries. */
static void types_may_be_unknown(void **state)
{
	types_are_unknown = true;
	remove_run();
	assert_false(is_there("run"));
	assert_true(is_there("keep/file"));
	assert_int_not_equal(unknown_count, 0);
}

static void only_a_directory_is_opened(void **state)
{
	assert_int_equal(symlink("run", at("link")), 0);
	assert_int_equal(tree_open(at("link")), -ENOTDIR);
	assert_int_equal(tree_open(at("run/file")), -ENOTDIR);
	assert_int_equal(tree_open(at("none")), -ENOENT);
}

/* Symptom: the thing in the directory's place was emptied. */
static void what_has_taken_its_place_stays(void **state)
{
	static const char *const kinds[] = { "link", "directory", "file" };

	for (unsigned int i = 0; i < ARRAY_COUNT(kinds); i++) {
		int fd = tree_open(at("run"));

		assert_true(fd >= 0);
		assert_int_equal(rename(at("run"), at("moved")), 0);
		if (i == 0)
			assert_int_equal(symlink("keep", at("run")), 0);
		else if (i == 1)
			assert_int_equal(mkdir(at("run"), 0700), 0);
		else
			make_file("run");
		tree_remove(fd, at("run"));
		close(fd);
		assert_true(is_there("run"));
		assert_true(is_there("keep/file"));
		assert_false(is_there("moved/file"));
		assert_false(is_there("moved/deep"));
		assert_int_equal(i == 1 ? rmdir(at("run")) : unlink(at("run")), 0);
		assert_int_equal(rename(at("moved"), at("run")), 0);
		make_file("run/file");
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_goes_and_links_are_not_followed),
		TEST(types_may_be_unknown),
		TEST(only_a_directory_is_opened),
		TEST(what_has_taken_its_place_stays),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
