/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies by the kernel, with its own call and without it: an argument names the error with which a
 * filter answers process_vm_readv() and process_vm_writev().
 */
#include "testing.h"
#include "refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fork.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/os_copy.h"
#include "util/own_fd.h"

#define LIMIT_SECONDS 120
#define ROUNDS        300
#define MANY          80            /* threads; there are fewer pairs of sockets */

static int refused;                 /* the filter's answer; 0: no filter */
static size_t page;
static char *good, *end;            /* two pages, followed by unmapped memory */

static int start(void **state)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
	good = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(good, MAP_FAILED);
	end = good + 2 * page;
	alarm(LIMIT_SECONDS);
	/* From here on fork() does what it does in the library. */
	fork_lock();
	fork_unlock();
	return mprotect(end, page, PROT_NONE);
}

static int stop(void **state)
{
	return munmap(good, 3 * page);
}

static char byte_at(size_t i)
{
	return (char)(i * 7 + i / 251 + 1);
}

static void fill(char *to, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = byte_at(i);
}

/* Returns how many bytes fill() has made; the others must be zero. */
static size_t filled(const char *bytes, size_t size)
{
	size_t n = 0;

	while (n < size && bytes[n] == byte_at(n))
		n++;
	for (size_t i = n; i < size; i++)
		assert_int_equal(bytes[i], 0);
	return n;
}

static bool is_refused(void)
{
	char byte = 0;
	struct iovec one = { &byte, 1 };

	return os_vm_read(&one, 1, &one, 1) < 0;
}

static void the_filter_answers_what_the_test_wants(void **state)
{
	char byte = 0;
	struct iovec one = { &byte, 1 };

	if (!refused)
		return;
	assert_int_equal(os_vm_read(&one, 1, &one, 1), -refused);
	assert_int_equal(os_vm_write(&one, 1, &one, 1), -refused);
}

/* Makes all checks that one copy allows. */
static ssize_t copy(bool is_write, void *to, size_t to_size, const void *from, size_t from_size)
{
	struct iovec target = { to, to_size }, source = { (void *)from, from_size };

	return is_write ? os_copy_to(&source, 1, &target, 1) : os_copy_from(&target, 1, &source, 1);
}

static void bytes_arrive_at_any_offset_and_length(void **state)
{
	char *to = calloc(1, 5 * page), *from = malloc(5 * page);

	fill(from, 5 * page);
	for (size_t length = 1; length < 4 * page; length = length * 3 + 1) {
		for (size_t i = 0; i < 4; i++) {
			size_t at = i & 1 ? 13 : 0, offset = i & 2 ? 4090 : 0;

			memset(to, 0, 5 * page);
			assert_int_equal(copy(length & 1, to + at, length, from, length + 9), length);
			assert_int_equal(filled(to + at, length + 9), length);
			assert_int_equal(copy(length & 1, to + offset, length, from + offset, length), length);
			assert_memory_equal(to + offset, from + offset, length);
		}
	}
	free(to);
	free(from);
}

static void pieces_of_both_lists_need_not_match(void **state)
{
	char from[20], to[20] = "";
	struct iovec source[] = { { from, 3 }, { NULL, 0 }, { from + 3, 9 }, { from + 12, 8 } };
	struct iovec target[] = { { to, 0 }, { to, 7 }, { to + 7, 1 }, { to + 8, 11 } };

	fill(from, sizeof(from));
	assert_int_equal(os_copy_from(target, 4, source, 4), 19);
	assert_int_equal(filled(to, sizeof(to)), 19);
	memset(to, 0, sizeof(to));
	assert_int_equal(os_copy_to(source, 3, target, 4), 12);
	assert_int_equal(filled(to, sizeof(to)), 12);
	assert_int_equal(os_copy_to(source, 0, target, 4), 0);
	assert_int_equal(os_copy_to(source + 1, 1, target, 1), 0);
}

/* The count is exact wherever the two sides are in their pages. */
static void a_copy_ends_at_the_first_page_that_is_not_there(void **state)
{
	static const size_t before[] = { 1, 100, 4095, 4096, 4097, 5000 }, shift[] = { 0, 1, 200, 4000 };
	char *other = malloc(3 * page);

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		for (size_t j = 0; j < sizeof(shift) / sizeof(shift[0]); j++) {
			char *place = end - before[i], *far = other + shift[j];
			size_t size = before[i] + 300;

			fill(place, before[i]);
			memset(far, 0, size);
			assert_int_equal(copy(j & 1, far, size, place, size), before[i]);
			assert_int_equal(filled(far, size), before[i]);
			fill(far, size);
			memset(place, 0, before[i]);
			assert_int_equal(copy(j & 1, place, size, far, size), before[i]);
			assert_int_equal(filled(place, before[i]), before[i]);
		}
	}
	free(other);
}

static void nothing_before_the_fault_is_efault(void **state)
{
	char bytes[16] = "";
	struct iovec ours[] = { { bytes, 4 }, { bytes + 4, 4 } };
	struct iovec theirs[] = { { good, 4 }, { end, 4 } };

	for (int i = 0; i < 2; i++) {
		assert_int_equal(copy(i, bytes, 8, end, 8), -EFAULT);
		assert_int_equal(copy(i, end, 8, bytes, 8), -EFAULT);
		assert_int_equal(copy(i, bytes, 8, NULL, 8), -EFAULT);
		assert_int_equal(copy(i, NULL, 8, bytes, 8), -EFAULT);
		assert_int_equal(copy(i, bytes, 8, (void *)(UINTPTR_MAX - 2), 8), -EFAULT);
	}
	assert_int_equal(os_copy_from(ours, 2, theirs, 2), 4);
	assert_int_equal(os_copy_to(ours, 2, theirs, 2), 4);
}

static void protection_is_heeded(void **state)
{
	char bytes[8] = "1234567";
	int empty = os_memfd_create("empty", MFD_CLOEXEC);

	memcpy(good, "abcdefg", 8);
	assert_int_equal(mprotect(good, page, PROT_READ), 0);
	assert_int_equal(copy(true, good, 8, bytes, 8), -EFAULT);
	assert_int_equal(copy(false, good, 8, bytes, 8), -EFAULT);
	assert_int_equal(copy(false, bytes, 8, good, 8), 8);
	assert_string_equal(bytes, "abcdefg");
	/* Behind the end of a file the mapping has no memory. */
	assert_ptr_equal(mmap(good, page, PROT_READ, MAP_SHARED | MAP_FIXED, empty, 0), good);
	assert_int_equal(copy(false, bytes, 8, good, 8), -EFAULT);
	close(empty);
}

/* Bytes in transit when a copy failed are not returned by the next one. */
static void a_fault_leaves_nothing_for_the_next_copy(void **state)
{
	char from[64], to[64];

	fill(from, sizeof(from));
	memset(good, 'x', page);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(copy(i & 1, end, 8, good, 8), -EFAULT);
		assert_int_equal(copy(i & 1, end - 5, 16, good, 16), 5);
		memset(to, 0, sizeof(to));
		assert_int_equal(copy(i & 1, to, sizeof(to), from, sizeof(from)), sizeof(to));
		assert_int_equal(filled(to, sizeof(to)), sizeof(to));
	}
}

static void errno_stays_as_it_was(void **state)
{
	char a = 1, b = 0;

	errno = 77;
	assert_int_equal(copy(false, &b, 1, &a, 1), 1);
	assert_int_equal(copy(false, &b, 1, end, 1), -EFAULT);
	assert_int_equal(errno, 77);
}

/* Copies a pattern of one byte back and forth. Returns how often a different one came. */
static unsigned int copy_often(char pattern, unsigned int rounds)
{
	char from[3000], to[3000];
	unsigned int wrong = 0;

	memset(from, pattern, sizeof(from));
	while (rounds--) {
		memset(to, 0, sizeof(to));
		if (copy(rounds & 1, to, sizeof(to), from, sizeof(from)) != sizeof(to) ||
		    memcmp(to, from, sizeof(to)))
			wrong++;
	}
	return wrong;
}

static unsigned int rounds_of_thread = ROUNDS;

static void *copy_in_thread(void *number)
{
	return (void *)(uintptr_t)copy_often((char)(uintptr_t)number, rounds_of_thread);
}

static int copy_in_threads(unsigned int count)
{
	pthread_t threads[MANY];
	void *wrong, *all = NULL;

	for (uintptr_t i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, copy_in_thread, (void *)(i + 1)))
			_exit(4);
	for (uintptr_t i = 0; i < count; i++) {
		pthread_join(threads[i], &wrong);
		all = wrong ? wrong : all;
	}
	return all ? 1 : 0;
}

static void threads_get_their_own_bytes(void **state)
{
	assert_int_equal(copy_in_threads(MANY), 0);
}

static atomic_uint handled, handled_wrong;

static void copy_in_handler(int signal)
{
	atomic_fetch_add(&handled_wrong, copy_often('h', 1));
	atomic_fetch_add(&handled, 1);
}

static void *interrupt_often(void *thread)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		pthread_kill(*(pthread_t *)thread, SIGUSR1);
		while (atomic_load(&handled) == i)
			os_yield();
	}
	return NULL;
}

/*
 * A handler may interrupt a copy at any point. The threads above have left a second pair, because a
 * handler must not allocate.
 */
static void a_handler_may_copy_in_the_midst_of_a_copy(void **state)
{
	pthread_t self = pthread_self(), thread;
	unsigned int wrong = 0;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = copy_in_handler }, NULL);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_often, &self), 0);
	while (atomic_load(&handled) < ROUNDS)
		wrong += copy_often('m', 10);
	pthread_join(thread, NULL);
	signal(SIGUSR1, SIG_DFL);
	assert_int_equal(wrong, 0);
	assert_int_equal(handled_wrong, 0);
}

/* Parent and child copy at the same time, and the child ends after both have finished. */
static void copy_in_both(pid_t child)
{
	unsigned int wrong = copy_often(child ? 'p' : 'c', 10 * ROUNDS);
	int status = -1;

	if (!child)
		_exit(wrong ? 1 : 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(wrong, 0);
}

static unsigned int open_count(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += os_fd_is_open(fd);
	return count;
}

static int count_in_child(void)
{
	unsigned int before = open_count();

	return copy_often('c', 1) || open_count() != before;
}

static void a_child_keeps_none_of_its_parents_sockets(void **state)
{
	pid_t child;
	int status = -1;

	assert_int_equal(copy_often('b', 1), 0);
	child = fork();
	if (!child)
		_exit(count_in_child());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void a_child_does_not_get_its_parents_bytes(void **state)
{
	assert_int_equal(copy_often('b', 1), 0);
	copy_in_both(fork());
}

static void nor_does_one_that_the_library_was_not_told_of(void **state)
{
	uint64_t mm = mm_current();
	pid_t child;

	assert_int_equal(copy_often('b', 1), 0);
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!child && mm == mm_current())
		_exit(0);
	copy_in_both(child);
}

static atomic_bool is_over;

static void *copy_until_over(void *context)
{
	uintptr_t wrong = 0;

	while (!atomic_load(&is_over))
		wrong += copy_often('t', 1);
	return (void *)wrong;
}

/* The parent's threads, as many as possible, hold the pairs for ever. */
static void a_child_waits_for_no_thread_of_its_parent(void **state)
{
	pthread_t threads[MANY];
	void *wrong;

	atomic_store(&is_over, false);
	for (unsigned int i = 0; i < MANY; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, copy_until_over, NULL), 0);
	for (unsigned int i = 0; i < 10; i++) {
		pid_t child = fork();
		int status = -1;

		if (!child) {
			alarm(LIMIT_SECONDS / 4);
			_exit(copy_often('c', 2) ? 1 : 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	atomic_store(&is_over, true);
	for (unsigned int i = 0; i < MANY; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

static void a_program_that_closes_everything_does_not_end_it(void **state)
{
	assert_int_equal(own_fd_close_range(3, ~0u, 0), 0);
	assert_int_equal(copy_often('a', 3), 0);
	/* The raw calls are not caught. */
	os_close_range(3, ~0u, 0);
	assert_int_equal(copy_often('b', 3), 0);
}

/* A file of the program is under every number that could be ours. */
static void no_byte_goes_into_a_file_of_the_program(void **state)
{
	int file = os_memfd_create("the program's", MFD_CLOEXEC), numbers[600];
	uint64_t size;

	assert_int_equal(copy_often('a', 1), 0);
	os_close_range((unsigned int)file + 1, ~0u, 0);
	for (unsigned int i = 0; i < 600; i++)
		numbers[i] = dup(file);
	assert_int_equal(copy_often('b', 3), 0);
	assert_int_equal(os_fstat(file, NULL, NULL, &size, NULL), 0);
	assert_int_equal(size, 0);
	for (unsigned int i = 0; i < 600; i++)
		close(numbers[i]);
	close(file);
}

static void *replace_until_over(void *file)
{
	while (!atomic_load(&is_over)) {
		os_close_range(512, 1023, 0);
		for (int fd = 512; fd < 516; fd++)
			os_dup3(*(int *)file, fd, O_CLOEXEC);
	}
	os_close_range(512, 1023, 0);
	return NULL;
}

/*
 * Without the check, the program's file would be written, or SIGPIPE would kill, between the look
 * at the number and its use.
 */
static void nor_while_the_program_puts_one_there(void **state)
{
	int file = os_memfd_create("the program's", MFD_CLOEXEC);
	uint64_t size, over = os_now_ns() + 1000000000;
	pthread_t thread;

	atomic_store(&is_over, false);
	assert_int_equal(pthread_create(&thread, NULL, replace_until_over, &file), 0);
	while (os_now_ns() < over)
		copy_often('a', 1);
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
	assert_int_equal(copy_often('a', 1), 0);
	assert_int_equal(os_fstat(file, NULL, NULL, &size, NULL), 0);
	assert_int_equal(size, 0);
	close(file);
}

static void it_costs_few_descriptors(void **state)
{
	int first = dup(0), next;

	for (unsigned int i = 0; i < 2000; i++)
		assert_int_equal(copy_often('a', 1), 0);
	next = dup(0);
	assert_int_equal(next, first + 1);
	close(first);
	close(next);
}

static int copy_with_full_table(void)
{
	bool needs_descriptors = is_refused();
	char a = 1, b = 0;

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 64, 64 });
	os_close_range(3, ~0u, 0);
	while (dup(0) >= 0)
		;
	if (os_copy_begin() != (needs_descriptors ? -EMFILE : 0))
		return 1;
	if (copy(false, &b, 1, &a, 1) != (needs_descriptors ? -EMFILE : 1))
		return 1;
	/* The pair needs two, and one more while they are moved. */
	os_close_range(10, 12, 0);
	if (os_copy_begin())
		return 2;
	while (dup(0) >= 0)
		;
	/* These threads take turns, for long enough to meet. */
	rounds_of_thread = 20 * ROUNDS;
	return copy_in_threads(5) ? 3 : 0;
}

static void what_has_a_pair_needs_no_descriptor_any_more(void **state)
{
	pid_t child = fork();
	int status = -1;

	if (!child)
		_exit(copy_with_full_table());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(the_filter_answers_what_the_test_wants),
		TEST(bytes_arrive_at_any_offset_and_length),
		TEST(pieces_of_both_lists_need_not_match),
		TEST(a_copy_ends_at_the_first_page_that_is_not_there),
		TEST(nothing_before_the_fault_is_efault),
		TEST(protection_is_heeded),
		TEST(a_fault_leaves_nothing_for_the_next_copy),
		TEST(errno_stays_as_it_was),
		TEST(threads_get_their_own_bytes),
		TEST(a_handler_may_copy_in_the_midst_of_a_copy),
		TEST(a_child_keeps_none_of_its_parents_sockets),
		TEST(a_child_does_not_get_its_parents_bytes),
		TEST(nor_does_one_that_the_library_was_not_told_of),
		TEST(a_child_waits_for_no_thread_of_its_parent),
		TEST(a_program_that_closes_everything_does_not_end_it),
		TEST(no_byte_goes_into_a_file_of_the_program),
		TEST(nor_while_the_program_puts_one_there),
		TEST(it_costs_few_descriptors),
		TEST(what_has_a_pair_needs_no_descriptor_any_more),
	};

	if (argc > 1) {
		int r;

		refused = strcmp(argv[1], "ENOSYS") ? EPERM : ENOSYS;
		r = refuse_vm_copies(refused);
		if (r) {
			printf("1..0 # SKIP no system call can be refused here: %s\n", strerror(-r));
			return 0;
		}
	}
	return cmocka_run_group_tests_name("os_copy", tests, NULL, NULL);
}
