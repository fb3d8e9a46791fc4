/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's own descriptors in a program that closes, duplicates and forks; guarantees (O1) to
 * (O3) of util/own_fd.h.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fork.h"
#include "util/os.h"
#include "util/own_fd.h"

#define LIMIT_SECONDS 120
#define HANDLED       1000

static struct own_fd *own;
static int lowest;         /* the lowest free number */

static int setup(void **state)
{
	alarm(LIMIT_SECONDS);
	/* From here on fork() does what it does in the library. */
	fork_lock();
	fork_unlock();
	lowest = dup(0);
	close(lowest);
	return own_fd_new(memfd_create("ours", MFD_CLOEXEC), &own);
}

static int teardown(void **state)
{
	own_fd_free(own);
	own = NULL;
	return 0;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void write_one(char byte)
{
	int fd = own_fd_enter(own);

	assert_true(fd >= 0);
	assert_int_equal(os_pwrite(fd, &byte, 1, 0), 1);
	own_fd_leave(own);
}

static char read_one(int fd)
{
	char byte = 0;

	assert_int_equal(pread(fd, &byte, 1, 0), 1);
	return byte;
}

/* (O3) */
static void numbers_are_high_and_closed_by_exec(void **state)
{
	int fd = own_fd_peek(own), next = dup(0);

	assert_true(fd >= 512 && own_fd_has(fd));
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(next, lowest);
	assert_false(own_fd_has(next) || own_fd_has(-1) || own_fd_has(1 << 20) || own_fd_has(fd + 1));
	close(next);
}

static void an_error_is_passed_on_and_nothing_is_left(void **state)
{
	struct own_fd *none = NULL;
	int fd = dup(0);

	assert_int_equal(own_fd_new(-ENOENT, &none), -ENOENT);
	close(fd);
	assert_int_equal(own_fd_new(fd, &none), -EBADF);
	assert_int_equal(own_fd_dup(fd, &none), -EBADF);
	own_fd_free(none);
}

/* (O1) */
static void closing_passes_over_ours(void **state)
{
	int fd = own_fd_peek(own), below = fcntl(0, F_DUPFD, fd - 1), above = fcntl(0, F_DUPFD, fd + 1);

	assert_true(below == fd - 1 && above == fd + 1);
	assert_int_equal(own_fd_close_range((unsigned int)below, (unsigned int)above, 0), 0);
	assert_true(is_open(fd) && !is_open(below) && !is_open(above));
	assert_int_equal(own_fd_close_range((unsigned int)fd, (unsigned int)fd, 0), 0);
	assert_int_equal(own_fd_close_range((unsigned int)fd, ~0u, 0), 0);
	assert_int_equal(own_fd_close_range((unsigned int)fd + 1, (unsigned int)fd, 0), -EINVAL);
	assert_int_equal(own_fd_close_range((unsigned int)fd, ~0u, 1 << 20), -EINVAL);
	assert_int_equal(own_fd_peek(own), fd);
	write_one('a');
}

static void a_duplicate_gets_the_number_and_ours_moves(void **state)
{
	int fd = own_fd_peek(own), other = memfd_create("other", MFD_CLOEXEC);

	write_one('a');
	assert_int_equal(pwrite(other, "o", 1, 0), 1);
	assert_int_equal(own_fd_replace(other, fd, O_CLOEXEC), fd);
	assert_true(own_fd_peek(own) != fd && !own_fd_has(fd));
	write_one('b');
	assert_int_equal(read_one(fd), 'o');
	assert_int_equal(read_one(own_fd_peek(own)), 'b');
	/* If it cannot be duplicated, ours stays open. */
	close(fd);
	fd = own_fd_peek(own);
	close(other);
	assert_int_equal(own_fd_replace(other, fd, 0), -EBADF);
	/* For the program our descriptor is not open. */
	assert_int_equal(own_fd_replace(own_fd_peek(own), other, 0), -EBADF);
	assert_false(is_open(other));
	write_one('c');
}

static atomic_int stage;

static void *replace(void *context)
{
	int *number = context;

	atomic_store(&stage, 1);
	*number = own_fd_replace(0, *number, O_CLOEXEC);
	atomic_store(&stage, 2);
	return NULL;
}

/* (O2) */
static void a_number_in_use_stays_until_it_is_left(void **state)
{
	int fd = own_fd_enter(own), number = fd;
	pthread_t thread;

	atomic_store(&stage, 0);
	assert_int_equal(pthread_create(&thread, NULL, replace, &number), 0);
	while (!atomic_load(&stage))
		os_yield();
	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(os_pwrite(fd, "x", 1, 0), 1);
		os_sleep_us(1000);
	}
	assert_int_equal(atomic_load(&stage), 1);
	own_fd_leave(own);
	pthread_join(thread, NULL);
	assert_int_equal(number, fd);
	assert_int_equal(read_one(own_fd_peek(own)), 'x');
	close(number);
}

/* A transfer to a file that does not answer takes this long. */
static void one_in_use_for_long_stays_where_it_is(void **state)
{
	int fd = own_fd_enter(own);

	assert_int_equal(own_fd_replace(0, fd, 0), -EBUSY);
	assert_int_equal(own_fd_peek(own), fd);
	own_fd_leave(own);
	assert_true(own_fd_has(fd));
	write_one('a');
}

/* (O2) The file that replaced it, such as /dev/null, is neither written nor closed. */
static void what_a_raw_call_replaced_is_lost_and_left_alone(void **state)
{
	int fd = own_fd_peek(own), other = memfd_create("other", MFD_CLOEXEC);

	assert_int_equal(dup2(other, fd), fd);
	assert_int_equal(own_fd_enter(own), -EBADF);
	assert_true(own_fd_is_lost(own) && !own_fd_has(fd));
	assert_int_equal(own_fd_enter(own), -EBADF);
	assert_int_equal(own_fd_peek(own), -EBADF);
	own_fd_free(own);
	own = NULL;
	assert_true(is_open(fd));
	close(fd);
	close(other);
}

/* A file of another file system may have the same inode number. */
static void the_device_is_compared_too(void **state)
{
	int first = open("/proc", O_RDONLY | O_DIRECTORY), second = open("/sys", O_RDONLY | O_DIRECTORY);
	struct stat a = { 0 }, b = { 0 };
	struct own_fd *one;

	if (fstat(first, &a) || fstat(second, &b) || a.st_ino != b.st_ino || a.st_dev == b.st_dev) {
		print_message("# SKIP /proc and /sys are no two mounts whose roots have one inode number\n");
		skip();
	}
	assert_int_equal(own_fd_new(first, &one), 0);
	assert_int_equal(dup2(second, own_fd_peek(one)), own_fd_peek(one));
	assert_int_equal(own_fd_enter(one), -EBADF);
	own_fd_free(one);
	close(second);
}

static void closing_does_not_pass_over_what_is_lost(void **state)
{
	int fd = own_fd_peek(own), other = memfd_create("other", MFD_CLOEXEC);

	assert_int_equal(dup2(other, fd), fd);
	assert_int_equal(own_fd_close_range((unsigned int)fd, (unsigned int)fd, 0), 0);
	assert_false(is_open(fd));
	assert_true(own_fd_is_lost(own));
	close(other);
}

static void one_that_is_lost_unnoticed_is_not_closed_either(void **state)
{
	int fd = own_fd_peek(own), other = memfd_create("other", MFD_CLOEXEC);

	assert_int_equal(dup2(other, fd), fd);
	own_fd_free(own);
	own = NULL;
	assert_true(is_open(fd) && !own_fd_has(fd));
	close(fd);
	close(other);
}

static void a_look_tells_that_it_has_gone(void **state)
{
	int fd = own_fd_peek(own);

	assert_false(own_fd_has_gone(fd));
	close(fd);
	assert_true(own_fd_has_gone(fd));
	assert_true(own_fd_is_lost(own) && !own_fd_has(fd));
}

/* The kernel gives a number that was closed by a raw call to our next descriptor. */
static void the_next_of_ours_takes_a_lost_number_over(void **state)
{
	int fd = own_fd_peek(own);
	struct own_fd *next;

	close(fd);
	assert_int_equal(own_fd_new(memfd_create("next", MFD_CLOEXEC), &next), 0);
	assert_int_equal(own_fd_peek(next), fd);
	assert_int_equal(own_fd_enter(own), -EBADF);
	own_fd_free(own);
	own = NULL;
	assert_int_equal(own_fd_enter(next), fd);
	assert_true(own_fd_has(fd));
	own_fd_leave(next);
	own_fd_free(next);
	assert_false(is_open(fd));
}

/* Their inodes are the same, but the table still knows the old owner. */
static void an_eventfd_takes_over_from_an_eventfd(void **state)
{
	struct own_fd *former, *next;
	int fd;

	assert_int_equal(own_fd_new(os_eventfd(), &former), 0);
	fd = own_fd_peek(former);
	close(fd);
	assert_int_equal(own_fd_new(os_eventfd(), &next), 0);
	assert_int_equal(own_fd_peek(next), fd);
	assert_true(own_fd_is_lost(former));
	own_fd_free(former);
	assert_int_equal(own_fd_enter(next), fd);
	own_fd_leave(next);
	own_fd_free(next);
}

static atomic_int handled;

static void close_in_a_handler(int signal)
{
	unsigned int fd = (unsigned int)own_fd_peek(own);

	own_fd_close_range(fd, fd, 0);
	own_fd_has_gone((int)fd);
	atomic_fetch_add(&handled, 1);
}

static void *interrupt_often(void *thread)
{
	for (int i = 0; i < HANDLED; i++) {
		pthread_kill(*(pthread_t *)thread, SIGUSR1);
		while (atomic_load(&handled) == i)
			os_yield();
	}
	return NULL;
}

static void a_signal_handler_may_close_wherever_it_interrupts(void **state)
{
	pthread_t self = pthread_self(), thread;

	atomic_store(&handled, 0);
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = close_in_a_handler }, NULL);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_often, &self), 0);
	while (atomic_load(&handled) < HANDLED) {
		struct own_fd *one;
		int fd = own_fd_peek(own);

		assert_false(own_fd_has_gone(fd));
		assert_int_equal(own_fd_dup(fd, &one), 0);
		own_fd_free(one);
	}
	pthread_join(thread, NULL);
	signal(SIGUSR1, SIG_DFL);
	write_one('a');
}

/* Returns the exit status of a child with this limit. */
static int in_child(rlim_t limit, int (*look)(void))
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){ limit, limit });
		_exit(look());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int look_at_place(void)
{
	struct own_fd *one;
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (own_fd_dup(0, &one))
		return 1;
	return (rlim_t)own_fd_peek(one) == limit.rlim_cur - limit.rlim_cur / 4 ? 0 : 2;
}

static int look_at_full_table(void)
{
	struct own_fd *one = NULL;

	while (dup(0) >= 0)
		;
	if (own_fd_dup(0, &one) != -EMFILE || one)
		return 1;
	close(5);
	if (own_fd_dup(0, &one) || own_fd_peek(one) != 5)
		return 2;
	/* Ours has no number to move to, so this is refused; Linux would not refuse it. */
	return own_fd_replace(0, 5, 0) == -EMFILE && own_fd_peek(one) == 5 ? 0 : 3;
}

static int look_at_none(void)
{
	struct own_fd *one;

	return own_fd_dup(0, &one) == -EMFILE ? 0 : 1;
}

static void a_low_limit_leaves_the_lower_numbers_to_the_program(void **state)
{
	assert_int_equal(in_child(20, look_at_place), 0);
	assert_int_equal(in_child(64, look_at_place), 0);
	assert_int_equal(in_child(64, look_at_full_table), 0);
	assert_int_equal(in_child(0, look_at_none), 0);
}

static int replace_in_child(void)
{
	int fd = own_fd_peek(own);

	return own_fd_replace(0, fd, 0) == fd && own_fd_peek(own) != fd ? 0 : 1;
}

static void a_child_waits_for_no_thread_of_its_parent(void **state)
{
	assert_true(own_fd_enter(own) >= 0);
	assert_int_equal(in_child(1024, replace_in_child), 0);
	own_fd_leave(own);
	write_one('a');
}

static int duplicate_in_child(void)
{
	struct own_fd *one;

	alarm(LIMIT_SECONDS / 2);
	return own_fd_dup(0, &one) || own_fd_enter(own) < 0;
}

static void *leave_later(void *context)
{
	os_sleep_us(300000);
	own_fd_leave(own);
	return NULL;
}

static void fork_waits_for_a_move(void **state)
{
	int fd = own_fd_enter(own), number = fd;
	pthread_t mover, leaver;

	atomic_store(&stage, 0);
	assert_int_equal(pthread_create(&mover, NULL, replace, &number), 0);
	while (!atomic_load(&stage))
		os_yield();
	os_sleep_us(50000);
	assert_int_equal(pthread_create(&leaver, NULL, leave_later, NULL), 0);
	assert_int_equal(in_child(1024, duplicate_in_child), 0);
	pthread_join(leaver, NULL);
	pthread_join(mover, NULL);
	assert_int_equal(number, fd);
	close(number);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_high_and_closed_by_exec),
		TEST(an_error_is_passed_on_and_nothing_is_left),
		TEST(closing_passes_over_ours),
		TEST(a_duplicate_gets_the_number_and_ours_moves),
		TEST(a_number_in_use_stays_until_it_is_left),
		TEST(one_in_use_for_long_stays_where_it_is),
		TEST(what_a_raw_call_replaced_is_lost_and_left_alone),
		TEST(the_device_is_compared_too),
		TEST(closing_does_not_pass_over_what_is_lost),
		TEST(one_that_is_lost_unnoticed_is_not_closed_either),
		TEST(a_look_tells_that_it_has_gone),
		TEST(the_next_of_ours_takes_a_lost_number_over),
		TEST(an_eventfd_takes_over_from_an_eventfd),
		TEST(a_signal_handler_may_close_wherever_it_interrupts),
		TEST(a_low_limit_leaves_the_lower_numbers_to_the_program),
		TEST(a_child_waits_for_no_thread_of_its_parent),
		TEST(fork_waits_for_a_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
