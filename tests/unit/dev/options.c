/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The properties that a user writes after the type. Each wrong value gives one clear line, and
 * nothing is started.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus.h"
#include "util/alloc.h"
#include "util/os.h"

static struct bus bus;
static char folder[] = "/tmp/stce-options-XXXXXX";
static char path[64];

static int setup_group(void **state)
{
	bus_init(&bus);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/disk", folder);
	return 0;
}

static int teardown_group(void **state)
{
	unlink(path);
	rmdir(folder);
	bus_fini(&bus);
	return 0;
}

static void make_file(const char *name, off_t size, mode_t mode)
{
	int fd;

	unlink(name);
	fd = open(name, O_CREAT | O_RDWR, mode);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

/* check and create give the same error, and create makes nothing. */
static void refuses(const char *type, const char *options, int error, const char *line)
{
	struct function_init init = bus_parse(&bus, options);
	struct function *fn = NULL;
	char why[FUNCTION_WHY_SIZE] = "";

	assert_int_equal(function_type_find(type)->check(&init, why), error);
	assert_string_equal(why, line);
	memset(why, 0, sizeof(why));
	assert_int_equal(function_type_find(type)->create(&init, &fn, why), error);
	assert_string_equal(why, line);
	assert_null(fn);
}

static void takes(const char *options)
{
	struct function_init init = bus_parse(&bus, options);
	char why[FUNCTION_WHY_SIZE] = "";

	if (function_type_find("nvme")->check(&init, why))
		fail_msg("%s", why);
	function_free(bus_function(&bus, "nvme", options));
}

static void good_values_are_taken(void **state)
{
	make_file(path, 8192, 0600);
	takes("");
	takes("size=1M");
	takes("size=4096,block=4096");
	takes("size=1g");
	takes("size=512");
	takes("queues=1");
	takes("iothread=on");
	takes("iothread=off");
	takes("iothread=auto");
	takes("queues=64,serial=A disk of mine");
}

static void an_unknown_property_is_named_beside_the_known_ones(void **state)
{
	refuses("nvme", "foo=1", -EINVAL,
		"nvme: unknown property \"foo\" "
		"(its own: file, size, readonly, block, serial, queues, iothread)");
	refuses("dmatest", "foo=1", -EINVAL, "dmatest: unknown property \"foo\" (its own: none)");
}

static void a_property_given_twice_is_refused(void **state)
{
	refuses("nvme", "size=1M,size=2M", -EINVAL, "nvme: property \"size\" is given twice");
}

static void a_size_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
		"x", "-1", "+1", " 1", "1 M", "1MB", "M", "0x10", "1.5M",
		"99999999999999999999", "99999999999999T",
	};
	char options[80], line[160];

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		snprintf(options, sizeof(options), "size=%s", bad[i]);
		snprintf(line, sizeof(line),
			 "nvme: size=%s is not a size (such as 512, 64M or 1G)", bad[i]);
		refuses("nvme", options, -EINVAL, line);
	}
	refuses("nvme", "size=", -EINVAL, "nvme: size= is empty");
}

static void a_size_that_holds_no_whole_blocks_or_too_many_is_refused(void **state)
{
	char line[FUNCTION_WHY_SIZE];

	refuses("nvme", "size=0", -EINVAL,
		"nvme: memory: 0 bytes are less than one block of 512");
	refuses("nvme", "size=513", -EINVAL,
		"nvme: memory: 513 bytes are not a multiple of the block, 512");
	refuses("nvme", "size=512,block=4096", -EINVAL,
		"nvme: memory: 512 bytes are less than one block of 4096");
	snprintf(line, sizeof(line), "nvme: memory: 104857600000 MiB are more than this machine has, %llu; "
		 "file=FILE is a disk of any size", (unsigned long long)os_memory_total() >> 20);
	refuses("nvme", "size=100000T", -EINVAL, line);
}

static void other_bad_values_are_refused(void **state)
{
	refuses("nvme", "block=1024", -EINVAL, "nvme: block=1024 is neither 512 nor 4096");
	refuses("nvme", "queues=0", -EINVAL, "nvme: queues=0 is not a number from 1 to 64");
	refuses("nvme", "iothread=yes", -EINVAL, "nvme: iothread=yes is none of on, off and auto");
	refuses("nvme", "queues=65", -EINVAL, "nvme: queues=65 is not a number from 1 to 64");
	refuses("nvme", "queues=4K", -EINVAL, "nvme: queues=4K is not a number from 1 to 64");
	refuses("nvme", "readonly=yes", -EINVAL, "nvme: readonly=yes is neither on nor off");
	refuses("nvme", "readonly=on", -EINVAL, "nvme: readonly=on is for a file");
	refuses("nvme", "serial=123456789012345678901", -EINVAL,
		"nvme: serial=123456789012345678901 is more than 20 characters or not printable");
	refuses("nvme", "serial=\x07", -EINVAL,
		"nvme: serial=\x07 is more than 20 characters or not printable");
	refuses("nvme", "serial=", -EINVAL, "nvme: serial= is empty");
	refuses("nvme", "file=", -EINVAL, "nvme: file= is empty");
}

static void a_file_that_cannot_be_a_disk_is_refused(void **state)
{
	char options[128], line[256];

#define REFUSES(error, name, text) do { \
	snprintf(options, sizeof(options), "file=%s", name); \
	snprintf(line, sizeof(line), "nvme: %s: %s", name, text); \
	refuses("nvme", options, error, line); \
} while (0)

	REFUSES(-ENOENT, "/nonexistent/disk.img", "No such file or directory");
	REFUSES(-EISDIR, folder, "Is a directory");
	REFUSES(-EINVAL, "/dev/null", "not a regular file");
	make_file(path, 100, 0600);
	REFUSES(-EINVAL, path, "100 bytes are less than one block of 512");
	make_file(path, 0, 0600);
	REFUSES(-EINVAL, path, "0 bytes are less than one block of 512");
	make_file(path, 1000, 0600);
	REFUSES(-EINVAL, path, "1000 bytes are not a multiple of the block, 512");
	snprintf(options, sizeof(options), "file=%s,size=1M", path);
	refuses("nvme", options, -EINVAL,
		"nvme: size= is for a disk in memory; a file has its own size");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	REFUSES(-EINVAL, path, "not a regular file");
	unlink(path);
}

/* Root may write anything, so this runs as another user. */
static void a_file_that_may_not_be_written_wants_readonly(void **state)
{
	bool is_root = !geteuid();
	char options[128], line[256];

	make_file(path, 1024, 0444);
	assert_int_equal(chmod(folder, 0755), 0);
	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	snprintf(options, sizeof(options), "file=%s", path);
	snprintf(line, sizeof(line), "nvme: %s: Permission denied (readonly=on may help)", path);
	refuses("nvme", options, -EACCES, line);
	snprintf(options, sizeof(options), "file=%s,readonly=on", path);
	takes(options);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	unlink(path);
}

static void running_out_of_memory_is_answered(void **state)
{
	static const char *const types[] = { "nvme", "dmatest" };
	struct function_init init = bus_parse(&bus, "");

	for (size_t t = 0; t < ARRAY_COUNT(types); t++) {
		const struct function_type *type = function_type_find(types[t]);
		struct function *fn = NULL;
		int r = -ENOMEM;

		for (int n = 0; r; n++) {
			char why[FUNCTION_WHY_SIZE] = "", line[64];

			alloc_fail_after(n);
			r = type->create(&init, &fn, why);
			alloc_fail_after(-1);
			snprintf(line, sizeof(line), "%s: out of memory", types[t]);
			assert_true(!r || r == -ENOMEM);
			assert_string_equal(why, r ? line : "");
			assert_true(n < 20);
		}
		function_free(fn);
	}
}

/* Two processes of a run share a disk. */
static void a_shared_directory_holds_the_memory_of_a_disk(void **state)
{
	struct function_init init = bus_parse(&bus, "size=8192");
	struct function *one, *two;
	char name[80], why[FUNCTION_WHY_SIZE];
	struct stat st;

	init.shared_directory = folder;
	assert_int_equal(function_type_find("nvme")->create(&init, &one, why), 0);
	assert_int_equal(function_type_find("nvme")->create(&init, &two, why), 0);
	snprintf(name, sizeof(name), "%s/mem-0000:01:00.0", folder);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_size, 8192);
	assert_int_equal(st.st_mode & 0777, 0600);
	function_free(one);
	function_free(two);
	unlink(name);
	init.shared_directory = "/nonexistent";
	assert_int_equal(function_type_find("nvme")->create(&init, &one, why), -ENOENT);
	assert_string_equal(why, "nvme: cannot make a disk in memory: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_values_are_taken),
		cmocka_unit_test(an_unknown_property_is_named_beside_the_known_ones),
		cmocka_unit_test(a_property_given_twice_is_refused),
		cmocka_unit_test(a_size_that_is_none_is_refused),
		cmocka_unit_test(a_size_that_holds_no_whole_blocks_or_too_many_is_refused),
		cmocka_unit_test(other_bad_values_are_refused),
		cmocka_unit_test(a_file_that_cannot_be_a_disk_is_refused),
		cmocka_unit_test(a_file_that_may_not_be_written_wants_readonly),
		cmocka_unit_test(running_out_of_memory_is_answered),
		cmocka_unit_test(a_shared_directory_holds_the_memory_of_a_disk),
	};

	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
