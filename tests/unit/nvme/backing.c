/* SPDX-License-Identifier: BSD-2-Clause */
/* The file behind a disk, on file systems with more and fewer abilities. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nvme/backing.h"
#include "nvme/backing_ring.h"
#include "nvme/ctrl.h"
#include "util/os.h"
#include "driver.h"

#define SIZE (256 * 1024)
#define LIMIT_SECONDS 300
#define SPUN_NS       UINT64_C(2000000000)

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
		assert_int_equal(pread(own_fd_peek(backing.fd), &c, 1, (off_t)at), 1);
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

/* The kernel stops inside the second piece, and the array of pieces is unchanged. */
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
		{ false, false, false, false },    /* tmpfs cannot, which a try finds out */
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

/* A file that can no longer be written, as the disk's driver sees it. */
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

static void count_losses(void *context, const struct stce_news *item)
{
	*(unsigned int *)context += item->kind == STCE_NEWS_DISK_LOST;
}

/* The program has put its own file in the place of the disk's. */
static void a_lost_file_is_a_fault_and_its_successor_untouched(void **state)
{
	struct nvme_command write = driver_rw(NVME_IO_WRITE, 0, 8, bus_ioba(DRIVER_DATA));
	struct nvme_command read = driver_rw(NVME_IO_READ, 0, 8, bus_ioba(DRIVER_DATA));
	struct nvme_command zero = driver_rw(NVME_IO_WRITE_ZEROES, 0, 8, 0);
	int other = memfd_create("program's", MFD_CLOEXEC), fd = own_fd_peek(backing.fd);
	uint64_t moved = 0;
	struct iovec iov = { "x", 1 };
	unsigned int losses = 0;
	struct stat st;

	assert_int_equal(dup2(other, fd), fd);
	assert_int_equal(backing_write(&backing, &iov, 1, 0, &moved), -EBADF);
	assert_int_equal(backing_read(&backing, &iov, 1, 0, &moved), -EBADF);
	assert_int_equal(backing_zero(&backing, 0, 512, true), -EBADF);
	assert_int_equal(moved, 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);

	driver_start(&d, "size=1M");
	nvme_of(d.fn)->fn.pe->phb->news = (struct news){ count_losses, &losses };
	fd = own_fd_peek(nvme_of(d.fn)->backing.fd);
	assert_int_equal(dup2(other, fd), fd);
	assert_int_equal(driver_run(&d, 1, &write), NVME_WRITE_FAULT);
	assert_int_equal(driver_run(&d, 1, &zero), NVME_WRITE_FAULT);
	assert_int_equal(driver_run(&d, 1, &read), NVME_UNRECOVERED_READ);
	assert_int_equal(losses, 1);
	driver_fini(&d);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(fd);
	close(other);
}

#define RING_SIZE 4

struct ring_user {
	struct backing_ring *ring;
	struct backing *backing;
	_Atomic(pid_t) thread;
	unsigned int taken;
	uint64_t moved;
};

static void *read_by_ring(void *context)
{
	struct ring_user *user = context;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct backing_move move = { .iov = &iov, .count = 1 };

	atomic_store(&user->thread, gettid());
	user->taken = backing_ring_move(user->ring, user->backing, &move, 1);
	user->moved = move.moved;
	return NULL;
}

static void interrupt(int signal)
{
}

static uint64_t cpu_ns(pthread_t thread)
{
	struct timespec t;
	clockid_t clock;

	assert_int_equal(pthread_getcpuclockid(thread, &clock), 0);
	assert_int_equal(clock_gettime(clock, &t), 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Returns how often the thread has gone to sleep. [proc(5)] */
static unsigned long sleeps(pid_t thread)
{
	static const char name[] = "voluntary_ctxt_switches:";
	unsigned long count = 0;
	char path[64], line[128];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)thread);
	status = fopen(path, "re");
	assert_non_null(status);
	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, name, sizeof(name) - 1))
			count = strtoul(line + sizeof(name) - 1, NULL, 10);
	fclose(status);
	return count;
}

/*
 * Symptom: a thread that waited for a ring without a descriptor spun until the disk had finished.
 */
static void a_ring_that_goes_away_in_flight_is_waited_for_in_peace(void **state)
{
	struct ring_user user = { .backing = &(struct backing){ 0 } };
	int pipes[2], before, ring_fd, r = backing_ring_new(RING_SIZE, &user.ring);
	unsigned long slept;
	pthread_t thread;
	uint64_t cpu;

	if (r) {
		print_message("# there is no io_uring here: %s\n", strerror(-r));
		skip();
	}
	/* It has no SA_RESTART. */
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = interrupt }, NULL);
	assert_int_equal(pipe(pipes), 0);
	/* The number after the ring's belongs to the backing. */
	assert_int_equal(own_fd_new(pipes[0], &user.backing->fd), 0);
	before = own_fd_peek(user.backing->fd);
	ring_fd = before - 1;
	assert_true(own_fd_has(ring_fd));
	assert_int_equal(pthread_create(&thread, NULL, read_by_ring, &user), 0);
	/* Waits until the thread sleeps, without CPU time, for data that does not come yet. */
	do {
		cpu = cpu_ns(thread);
		os_sleep_us(100000);
	} while (cpu_ns(thread) != cpu || !cpu);
	assert_int_equal(close(ring_fd), 0);
	pthread_kill(thread, SIGUSR1);
	/* A spinning thread never sleeps, however little CPU time a busy machine has for it. */
	cpu = cpu_ns(thread);
	slept = sleeps(user.thread);
	while (sleeps(user.thread) < slept + 20) {
		assert_true(cpu_ns(thread) - cpu < SPUN_NS);
		os_sleep_us(1000);
	}
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(user.taken, 1);
	assert_int_equal(user.moved, 1);
	/* The ring is gone, and the call says so before it moves anything. */
	read_by_ring(&user);
	assert_int_equal(user.taken, 0);
	backing_ring_free(user.ring);
	own_fd_free(user.backing->fd);
	close(pipes[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	alarm(LIMIT_SECONDS);
	const struct CMUnitTest tests[] = {
		TEST(pieces_are_moved_in_order),
		TEST(more_pieces_than_one_call_takes_are_moved),
		TEST(a_hole_in_the_memory_stops_where_it_is),
		TEST(reading_past_the_end_is_an_error),
		TEST(zeros_are_made_by_every_means),
		TEST(discard_is_only_a_hint),
		cmocka_unit_test(a_file_that_refuses_writes_is_a_write_fault),
		TEST(a_lost_file_is_a_fault_and_its_successor_untouched),
		cmocka_unit_test(a_ring_that_goes_away_in_flight_is_waited_for_in_peace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
