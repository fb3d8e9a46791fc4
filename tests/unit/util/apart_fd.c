/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files of the library in a table of descriptors of their own, under a program that counts, closes and forks;
 * guarantee (O4) of util/apart_fd.h.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "entries.h"
#include "refuse.h"
#include "util/apart_fd.h"
#include "util/fork.h"
#include "util/os.h"
#include "util/own_fd.h"

#define LIMIT_SECONDS 120
#define MANY          100
#define CALLS         2000
#define FORKS         200
#define OWN_FIRST     512      /* numbers of util/own_fd.h begin here */

static unsigned int threads_at_rest;   /* before the library has one */

static int setup(void **state)
{
	threads_at_rest = count_entries("/proc/self/task");
	alarm(LIMIT_SECONDS);
	/* From here on fork() does what it does in the library. */
	fork_lock();
	fork_unlock();
	return 0;
}

static int nothing(int fd, void *context)
{
	return 0;
}

static int first_byte(int fd, void *context)
{
	char byte;

	return os_pread(fd, &byte, 1, 0) == 1 ? byte : -EIO;
}

/* Returns a file whose first byte is this one. The program's descriptor of it is closed. */
static struct apart_fd *file_of_byte(char byte)
{
	int fd = memfd_create("apart", MFD_CLOEXEC);
	struct apart_fd *file;

	assert_int_equal(pwrite(fd, &byte, 1, 0), 1);
	assert_int_equal(apart_fd_reopen(fd, O_RDWR | O_CLOEXEC, nothing, NULL, &file), 0);
	close(fd);
	return file;
}

static int read_byte(struct apart_fd *file)
{
	return apart_fd_call(file, first_byte, NULL);
}

/* Symptom: a guest table cost a program two descriptors. */
static void a_file_costs_no_descriptor(void **state)
{
	unsigned int before = count_entries("/proc/self/fd");
	struct apart_fd *file[MANY];

	for (unsigned int i = 0; i < MANY; i++)
		file[i] = file_of_byte((char)i);
	assert_int_equal(count_entries("/proc/self/fd"), before);
	for (unsigned int i = 0; i < MANY; i++) {
		assert_int_equal(read_byte(file[i]), i);
		apart_fd_free(file[i]);
	}
}

static int tell_number(int fd, void *context)
{
	return fd;
}

/* (O4) */
static void no_call_of_the_program_reaches_it(void **state)
{
	struct apart_fd *file = file_of_byte('a');
	int number = apart_fd_call(file, tell_number, NULL), other = memfd_create("other", MFD_CLOEXEC);
	int kept = fcntl(number, F_DUPFD_CLOEXEC, 100);

	/* As a program that reuses all numbers; this one may be that of a standard stream. */
	assert_int_equal(dup2(other, number), number);
	assert_int_equal(read_byte(file), 'a');
	close(number);
	assert_int_equal(read_byte(file), 'a');
	if (kept >= 0)
		dup2(kept, number);
	close(kept);
	close(other);
	apart_fd_free(file);
}

/* Symptom: the reader of a pipe waited for ever, because the library had a copy of the other end. */
static void nothing_of_the_program_s_is_kept_open(void **state)
{
	struct apart_fd *file;
	int pipes[2];
	char byte;

	assert_int_equal(pipe(pipes), 0);
	file = file_of_byte('a');
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
	apart_fd_free(file);
}

/* A thread that was joined may still have its name there for a moment. */
static void wait_until_at_rest(void)
{
	while (count_entries("/proc/self/task") != threads_at_rest)
		os_yield();
}

static void the_thread_ends_with_the_last_file(void **state)
{
	struct apart_fd *first, *second;

	wait_until_at_rest();
	first = file_of_byte('a');
	second = file_of_byte('b');
	assert_int_equal(count_entries("/proc/self/task"), threads_at_rest + 1);
	apart_fd_free(first);
	assert_int_equal(read_byte(second), 'b');
	apart_fd_free(second);
	wait_until_at_rest();
}

static int refuse(int fd, void *context)
{
	return -EPERM;
}

static void a_refusal_leaves_nothing(void **state)
{
	struct apart_fd *file = NULL, *other;
	int fd = memfd_create("apart", MFD_CLOEXEC), number;

	assert_int_equal(apart_fd_reopen(-1, O_RDWR, nothing, NULL, &file), -ENOENT);
	assert_int_equal(apart_fd_reopen(fd, O_RDWR, refuse, NULL, &file), -EPERM);
	assert_null(file);
	wait_until_at_rest();
	other = file_of_byte('a');
	number = apart_fd_call(other, tell_number, NULL);
	assert_int_equal(apart_fd_reopen(fd, O_RDWR, refuse, NULL, &file), -EPERM);
	assert_int_equal(apart_fd_reopen(fd, O_RDWR, nothing, NULL, &file), 0);
	assert_int_equal(apart_fd_call(file, tell_number, NULL), number + 1);
	apart_fd_free(file);
	apart_fd_free(other);
	apart_fd_free(NULL);
	close(fd);
}

static void *call_often(void *context)
{
	struct apart_fd *file = file_of_byte(*(const char *)context);
	uintptr_t wrong = 0;

	for (unsigned int i = 0; i < CALLS; i++)
		wrong += read_byte(file) != *(const char *)context;
	apart_fd_free(file);
	return (void *)wrong;
}

static void each_thread_gets_its_own_answer(void **state)
{
	char byte[4] = "abcd";
	pthread_t thread[4];
	void *wrong;

	for (unsigned int i = 0; i < ARRAY_COUNT(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, call_often, &byte[i]), 0);
	for (unsigned int i = 0; i < ARRAY_COUNT(thread); i++) {
		pthread_join(thread[i], &wrong);
		assert_null(wrong);
	}
}

static int status_of(pid_t child)
{
	int status = -1;

	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* The number of its own first file is that of its parent's first. One that hangs has its signals blocked. */
static int use_in_child(struct apart_fd *inherited)
{
	struct apart_fd *own;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read_byte(inherited) != -EBADF)
		return 1;
	own = file_of_byte('c');
	apart_fd_free(inherited);
	if (read_byte(own) != 'c')
		return 2;
	apart_fd_free(own);
	return 0;
}

static void a_child_has_none_of_its_parent_s(void **state)
{
	struct apart_fd *file = file_of_byte('a');
	pid_t child = fork();

	if (!child)
		_exit(use_in_child(file));
	assert_int_equal(status_of(child), 0);
	assert_int_equal(read_byte(file), 'a');
	apart_fd_free(file);
}

/* A program can fork without libc's handlers. */
static void a_child_without_handlers_has_none_either(void **state)
{
	struct apart_fd *file = file_of_byte('a');
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(read_byte(file) == -EBADF ? 0 : 1);
	}
	assert_int_equal(status_of(child), 0);
	apart_fd_free(file);
}

static atomic_bool stop;

static void *call_until_stopped(void *context)
{
	while (!atomic_load(&stop))
		if (read_byte(context) != 'a')
			return context;
	return NULL;
}

/* Symptom: a child inherited the lock of a call that another thread was making. */
static void a_fork_waits_for_a_call(void **state)
{
	struct apart_fd *file = file_of_byte('a');
	pthread_t thread;
	void *wrong;

	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&thread, NULL, call_until_stopped, file), 0);
	for (unsigned int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (!child)
			_exit(use_in_child(file));
		assert_int_equal(status_of(child), 0);
	}
	atomic_store(&stop, true);
	pthread_join(thread, &wrong);
	assert_null(wrong);
	apart_fd_free(file);
}

/* The thread's numbers begin at 0, so it has room for as many as the limit says. */
static int fill(void)
{
	const struct rlimit limit = { 32, 32 };
	struct apart_fd *file[40];
	int fd = memfd_create("apart", MFD_CLOEXEC), r = 0;
	unsigned int n = 0;

	setrlimit(RLIMIT_NOFILE, &limit);
	while (n < ARRAY_COUNT(file) && !(r = apart_fd_reopen(fd, O_RDWR, nothing, NULL, &file[n])))
		n++;
	if (r != -EMFILE || n != limit.rlim_cur)
		return 1;
	apart_fd_free(file[--n]);
	return apart_fd_reopen(fd, O_RDWR, nothing, NULL, &file[n]) ? 2 : 0;
}

static void the_limit_counts_them_apart(void **state)
{
	pid_t child = fork();

	if (!child)
		_exit(fill());
	assert_int_equal(status_of(child), 0);
}

#define CANNOT 77

static int use_without_table(void)
{
	struct apart_fd *file;
	int number;

	if (refuse_call(SYS_close_range, EPERM))
		return CANNOT;
	file = file_of_byte('a');
	number = apart_fd_call(file, tell_number, NULL);
	if (number < OWN_FIRST || !own_fd_has(number) || read_byte(file) != 'a')
		return 1;
	apart_fd_free(file);
	return own_fd_has(number) ? 2 : 0;
}

static void without_a_table_it_is_a_descriptor_of_ours(void **state)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(use_without_table());
	status = status_of(child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT) {
		print_message("# SKIP the kernel has no filter of system calls\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_costs_no_descriptor),
		cmocka_unit_test(no_call_of_the_program_reaches_it),
		cmocka_unit_test(nothing_of_the_program_s_is_kept_open),
		cmocka_unit_test(the_thread_ends_with_the_last_file),
		cmocka_unit_test(a_refusal_leaves_nothing),
		cmocka_unit_test(each_thread_gets_its_own_answer),
		cmocka_unit_test(a_child_has_none_of_its_parent_s),
		cmocka_unit_test(a_child_without_handlers_has_none_either),
		cmocka_unit_test(a_fork_waits_for_a_call),
		cmocka_unit_test(the_limit_counts_them_apart),
		cmocka_unit_test(without_a_table_it_is_a_descriptor_of_ours),
	};

	return cmocka_run_group_tests_name("apart_fd", tests, setup, NULL);
}
