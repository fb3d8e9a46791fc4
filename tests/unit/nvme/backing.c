/* SPDX-License-Identifier: BSD-2-Clause */
/* The file behind a disk, on file systems that can more and less. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nvme/backing.h"
#include "driver.h"

#define SIZE (256 * 1024)

static struct backing backing;

static int setup(void **state)
{
	const struct backing_wish wish = { .type = "test", .size = SIZE, .block = 512 };
	char why[FUNCTION_WHY_SIZE];

	return backing_open(&backing, &wish, NULL, why);
}

static int teardown(void **state)
{
	backing_close(&backing);
	return 0;
}

static void fill(char byte)
{
	static char bytes[SIZE];
	struct iovec iov = { bytes, sizeof(bytes) };
	uint64_t moved;

	memset(bytes, byte, sizeof(bytes));
	assert_int_equal(backing_write(&backing, &iov, 1, 0, &moved), 0);
	assert_int_equal(moved, sizeof(bytes));
}

static void assert_range(uint64_t offset, uint64_t length, char byte)
{
	char c;

	for (uint64_t at = offset; at < offset + length; at++) {
		assert_int_equal(pread(backing.fd, &c, 1, (off_t)at), 1);
		assert_int_equal(c, byte);
	}
}

static void pieces_are_moved_in_order(void **state)
{
	char a[3] = "abc", b[1] = "d", c[1000];
	struct iovec out[] = { { a, 3 }, { b, 1 }, { c, sizeof(c) } };
	struct iovec in[] = { { c, 2 }, { c + 2, sizeof(c) - 2 } };
	uint64_t moved;

	memset(c, 'e', sizeof(c));
	assert_int_equal(backing_write(&backing, out, 3, 100, &moved), 0);
	assert_int_equal(moved, 1004);
	assert_int_equal(backing_read(&backing, in, 2, 100, &moved), 0);
	assert_int_equal(moved, 1000);
	assert_memory_equal(c, "abcde", 5);
	assert_range(0, 100, 0);
}

static void more_pieces_than_one_call_takes_are_moved(void **state)
{
	static struct iovec iov[3000];
	static char bytes[3000];
	uint64_t moved;

	for (size_t i = 0; i < ARRAY_COUNT(iov); i++) {
		bytes[i] = (char)i;
		iov[i] = (struct iovec){ &bytes[i], 1 };
	}
	assert_int_equal(backing_write(&backing, iov, ARRAY_COUNT(iov), 7, &moved), 0);
	assert_int_equal(moved, sizeof(bytes));
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(backing_read(&backing, iov, ARRAY_COUNT(iov), 7, &moved), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], (char)i);
}

/* The kernel stops inside the second piece; the array is as it was. */
static void a_hole_in_the_memory_stops_where_it_is(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov[] = { { memory, 100 }, { memory + 1000, 2 * page } };
	uint64_t moved;

	assert_int_equal(mprotect(memory + page, page, PROT_NONE), 0);
	assert_int_equal(backing_read(&backing, iov, 2, 0, &moved), -EFAULT);
	assert_true(moved <= 100 + page - 1000);
	assert_ptr_equal(iov[1].iov_base, memory + 1000);
	assert_int_equal(iov[1].iov_len, 2 * page);
	munmap(memory, 3 * page);
}

static void reading_past_the_end_is_an_error(void **state)
{
	char bytes[1024];
	struct iovec iov = { bytes, sizeof(bytes) };
	uint64_t moved;

	assert_int_equal(backing_read(&backing, &iov, 1, SIZE - 512, &moved), -EIO);
	assert_int_equal(moved, 512);
}

static void zeros_are_made_by_every_means(void **state)
{
	static const struct {
		bool deallocate, is_memory, cannot_zero, cannot_punch;
	} means[] = {
		{ false, true, false, false },
		{ false, true, false, true },
		{ false, false, false, false },    /* tmpfs cannot: found out by trying */
		{ false, false, true, false },
		{ true, false, false, false },
		{ true, false, false, true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(means); i++) {
		backing.is_memory = means[i].is_memory;
		backing.cannot_zero = means[i].cannot_zero;
		backing.cannot_punch = means[i].cannot_punch;
		fill('x');
		assert_int_equal(backing_zero(&backing, 1000, 200000, means[i].deallocate), 0);
		assert_range(0, 1000, 'x');
		assert_range(1000, 200000, 0);
		assert_range(201000, 1000, 'x');
	}
	assert_int_equal(backing_zero(&backing, 5, 0, false), 0);
}

static void discard_is_only_a_hint(void **state)
{
	fill('x');
	backing.cannot_punch = true;
	assert_int_equal(backing_discard(&backing, 0, 8192), 0);
	assert_range(0, 8192, 'x');
	backing.cannot_punch = false;
	assert_int_equal(backing_discard(&backing, 0, 0), 0);
	assert_int_equal(backing_discard(&backing, 0, 8192), 0);
	assert_range(0, 8192, 0);
	assert_range(8192, 100, 'x');
}

/* A file that can no longer be written, seen by the driver of the disk. */
static void a_file_that_refuses_writes_is_a_write_fault(void **state)
{
	int fd = memfd_create("disk", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct nvme_command commands[] = {
		driver_rw(NVME_IO_WRITE, 0, 8, bus_ioba(DRIVER_DATA)),
		driver_rw(NVME_IO_WRITE_ZEROES, 0, 8, 0),
	};
	struct nvme_command read = driver_rw(NVME_IO_READ, 0, 8, bus_ioba(DRIVER_DATA));
	char options[64];

	assert_int_equal(ftruncate(fd, SIZE), 0);
	snprintf(options, sizeof(options), "file=/proc/self/fd/%d", fd);
	driver_start(&d, options);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		assert_int_equal(driver_run(&d, 1, &commands[i]), NVME_WRITE_FAULT);
	assert_int_equal(driver_run(&d, 1, &read), NVME_OK);
	driver_fini(&d);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pieces_are_moved_in_order),
		TEST(more_pieces_than_one_call_takes_are_moved),
		TEST(a_hole_in_the_memory_stops_where_it_is),
		TEST(reading_past_the_end_is_an_error),
		TEST(zeros_are_made_by_every_means),
		TEST(discard_is_only_a_hint),
		cmocka_unit_test(a_file_that_refuses_writes_is_a_write_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
