/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw system calls pass their arguments as each architecture requires. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/os.h"

#define FAR (5ull << 30)   /* an offset that needs more than 32 bits */

static int file;

static int start(void **state)
{
	file = os_memfd_create("test", MFD_CLOEXEC);
	return file < 0 ? file : os_ftruncate(file, FAR + 65536);
}

static int stop(void **state)
{
	return os_close(file);
}

static void errno_stays_as_it_was(void **state)
{
	errno = 77;
	assert_int_equal(os_close(-1), -EBADF);
	assert_int_equal(errno, 77);
	assert_int_equal(os_open("/proc/self/nothing", O_RDONLY, 0), -ENOENT);
	assert_int_equal(errno, 77);
	assert_true(os_getpid() > 0);
	assert_int_equal(errno, 77);
}

static void far_offsets_arrive_whole(void **state)
{
	char near[4] = "xxxx", out[4] = "", *mapped;
	struct iovec write[] = { { "a", 1 }, { "bc", 2 } }, read = { out, 3 };

	assert_int_equal(os_pwritev(file, write, 2, FAR + 1), 3);
	assert_int_equal(os_pread(file, out, 3, FAR + 1), 3);
	assert_string_equal(out, "abc");
	assert_int_equal(os_pwrite(file, "def", 3, FAR + 1), 3);
	assert_int_equal(os_preadv(file, &read, 1, FAR + 1), 3);
	assert_string_equal(out, "def");
	assert_int_equal(os_pread(file, near, 3, (uint32_t)(FAR + 1)), 3);
	assert_memory_equal(near, "\0\0\0x", 4);
	mapped = os_mmap(NULL, 65536, PROT_READ, MAP_SHARED, file, FAR);
	assert_false(os_is_error(mapped));
	assert_string_equal(mapped + 1, "def");
	assert_int_equal(os_munmap(mapped, 65536), 0);
	assert_int_equal(os_fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FAR, 65536), 0);
	assert_int_equal(os_pread(file, out, 3, FAR + 1), 3);
	assert_string_equal(out, "");
}

static void fstat_says_what_libc_says(void **state)
{
	uint64_t dev, ino, size;
	unsigned int mode;
	struct stat st;

	assert_int_equal(fstat(file, &st), 0);
	assert_int_equal(os_fstat(file, &dev, &ino, &size, &mode), 0);
	assert_int_equal(ino, st.st_ino);
	assert_int_equal(size, FAR + 65536);
	assert_int_equal(mode, st.st_mode);
	assert_int_equal(os_fstat(file, NULL, NULL, NULL, NULL), 0);
}

static void locks_belong_to_the_description(void **state)
{
	char path[32];
	int other, copy = os_dup_high(file);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	other = os_open(path, O_RDWR | O_CLOEXEC, 0);
	assert_true(copy > file && other >= 0);
	assert_int_equal(os_lock_byte(file, FAR, true), 0);
	assert_int_equal(os_lock_byte(copy, FAR, true), 0);
	assert_int_equal(os_byte_is_locked(copy, FAR), 0);
	assert_int_equal(os_byte_is_locked(other, FAR), 1);
	assert_int_equal(os_byte_is_locked(other, (uint32_t)FAR), 0);
	assert_int_equal(os_lock_byte(other, FAR, false), -EAGAIN);
	assert_int_equal(os_unlock_byte(copy, FAR), 0);
	assert_int_equal(os_lock_byte(other, FAR, true), 0);
	assert_int_equal(os_close(copy), 0);
	assert_int_equal(os_close(other), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(errno_stays_as_it_was),
		TEST(far_offsets_arrive_whole),
		TEST(fstat_says_what_libc_says),
		TEST(locks_belong_to_the_description),
	};

	return cmocka_run_group_tests_name("os", tests, NULL, NULL);
}
