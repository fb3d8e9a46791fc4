/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees (A1) to (A3) of util/life.h, as processes that share one file see them. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fork.h"
#include "util/life.h"
#include "util/mm.h"

static int fd;
static struct life life;
/* The mm of children. */
static uint64_t *told;

static int start(void **state)
{
	fd = memfd_create("life", MFD_CLOEXEC);
	/* From here on fork() does what it does in the library. */
	fork_lock();
	fork_unlock();
	told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return life_init(&life, dup(fd)) || told == MAP_FAILED;
}

static int stop(void **state)
{
	life_fini(&life);
	munmap(told, 4096);
	return close(fd);
}

static int status_of(pid_t child)
{
	int status = -1;

	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/*
 * Starts a child that shows its life, makes a change, and stays until it is killed. Its mm is
 * stored in *told.
 */
static pid_t begin_child(void (*change)(void))
{
	int ready[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		if (life_show(&life))
			_exit(1);
		told[0] = mm_current();
		if (change)
			change();
		/* The change may have closed the pipe; the parent then sees its end. */
		(void)!write(ready[1], "x", 1);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	close(ready[0]);
	return child;
}

static void expect_life_until_killed(pid_t child)
{
	siginfo_t info;
	bool lived = life_is(&life, told[0]);

	kill(child, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_true(lived);
	assert_false(life_is(&life, told[0]));
	status_of(child);
}

/* (A1) */
static void a_process_lives_until_it_is_killed(void **state)
{
	assert_false(life_is(&life, UINT64_C(1) << 41));
	expect_life_until_killed(begin_child(NULL));
}

/* (A1) */
static void it_lives_until_it_executes_a_program(void **state)
{
	int ends[2];
	pid_t child;
	bool lives;
	char byte;

	/* exec closes it together with all else of the old program. */
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (!child) {
		if (!life_show(&life)) {
			told[0] = mm_current();
			execl("/bin/sleep", "sleep", "600", (char *)NULL);
		}
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	/* exec frees the memory in its last steps, a little after it closes descriptors. */
	for (unsigned int i = 0; i < 60000 && life_is(&life, told[0]); i++)
		usleep(1000);
	lives = life_is(&life, told[0]);
	kill(child, SIGKILL);
	assert_int_equal(status_of(child), SIGKILL);
	assert_false(lives);
}

/* Forks by the library and without it. The grandchild stays after its parent has ended. */
static void leave_a_child(void)
{
	if (!fork() || !syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL))
		for (;;)
			pause();
}

/* Exits with 0 if a process does not live on in the two children that it leaves. */
static void lose_a_process_with_children(void)
{
	pid_t child = begin_child(leave_a_child);

	if (!life_is(&life, told[0]))
		_exit(1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	_exit(life_is(&life, told[0]) ? 2 : 0);
}

/* Ends a group of processes with its leader, whose end has been seen already. They all have the pipe's other end. */
static void end_group(pid_t leader, int pipe_end)
{
	char byte;

	kill(-leader, SIGKILL);
	assert_int_equal(read(pipe_end, &byte, 1), 0);
	close(pipe_end);
}

/* (A2) */
static void a_child_does_not_keep_its_parent_alive(void **state)
{
	siginfo_t info;
	pid_t outer;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	outer = fork();
	if (!outer) {
		setpgid(0, 0);
		lose_a_process_with_children();
	}
	close(ends[1]);
	/* The number is the group's until the leader has been waited for, so nobody else is killed. */
	assert_int_equal(waitid(P_PID, (id_t)outer, &info, WEXITED | WNOWAIT), 0);
	end_group(outer, ends[0]);
	assert_int_equal(status_of(outer), 0);
}

/* (A2) */
static void a_child_is_not_shown_by_its_parent(void **state)
{
	pid_t child;

	assert_int_equal(life_show(&life), 0);
	child = fork();
	if (!child) {
		told[0] = mm_current();
		_exit(0);
	}
	assert_int_equal(status_of(child), 0);
	assert_int_not_equal(told[0], mm_current());
	assert_false(life_is(&life, told[0]));
}

static void close_everything(void)
{
	syscall(SYS_close_range, 0u, ~0u, 0u);
}

/* (A3) */
static void closing_all_descriptors_ends_nothing(void **state)
{
	expect_life_until_killed(begin_child(close_everything));
}

static void enter_a_pid_namespace(void)
{
	pid_t child;

	if (unshare(CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0)))
		_exit(77);
	child = fork();
	if (!child) {
		if (life_show(&life))
			_exit(1);
		told[0] = mm_current();
		_exit(life_is(&life, told[1]) ? 0 : 2);
	}
	_exit(WEXITSTATUS(status_of(child)));
}

static void another_pid_namespace_sees_the_same(void **state)
{
	pid_t child;
	int status;

	assert_int_equal(life_show(&life), 0);
	told[1] = mm_current();
	child = fork();
	if (!child)
		enter_a_pid_namespace();
	status = WEXITSTATUS(status_of(child));
	if (status == 77) {
		print_message("# the system makes no namespace for us\n");
		skip();
	}
	assert_int_equal(status, 0);
	assert_false(life_is(&life, told[0]));
}

/* Changes into a root without /proc. Exits with 77 if that is not allowed. */
static void lose_proc(void)
{
	char place[] = "/tmp/spapr-tce-root-XXXXXX";

	if (!mkdtemp(place))
		_exit(1);
	if ((geteuid() && unshare(CLONE_NEWUSER)) || chroot(place)) {
		rmdir(place);
		_exit(77);
	}
	/* The path is relative to the directory in which we still are. */
	(void)!rmdir(place + strlen("/"));
}

static void a_process_that_has_no_proc_is_seen_as_well(void **state)
{
	siginfo_t info;
	pid_t child = fork();

	if (!child) {
		if (chdir("/"))
			_exit(1);
		lose_proc();
		if (life_show(&life) || life.page)
			_exit(1);
		told[0] = mm_current();
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WSTOPPED), 0);
	if (info.si_code == CLD_EXITED && info.si_status == 77) {
		print_message("# the system makes no namespace for us\n");
		skip();
	}
	assert_int_equal(info.si_code, CLD_STOPPED);
	expect_life_until_killed(child);
}

static void several_machines_of_a_process_may_show_it(void **state)
{
	struct life other;
	pid_t child;

	assert_int_equal(life_init(&other, dup(fd)), 0);
	assert_int_equal(life_show(&life), 0);
	assert_int_equal(life_show(&life), 0);
	assert_int_equal(life_show(&other), 0);
	life_fini(&other);
	told[0] = mm_current();
	child = fork();
	if (!child)
		_exit(!life_is(&life, told[0]));
	assert_int_equal(status_of(child), 0);
}

/* A process that locks every byte keeps others out, but does no more harm. */
static void whoever_holds_all_locks_is_refused_to_all(void **state)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[32];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR);
	assert_int_equal(fcntl(other, F_OFD_SETLK, &all), 0);
	assert_int_equal(life_show(&life), -EBUSY);
	close(other);
	assert_int_equal(life_show(&life), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_lives_until_it_is_killed),
		TEST(it_lives_until_it_executes_a_program),
		TEST(a_child_does_not_keep_its_parent_alive),
		TEST(a_child_is_not_shown_by_its_parent),
		TEST(closing_all_descriptors_ends_nothing),
		TEST(another_pid_namespace_sees_the_same),
		TEST(a_process_that_has_no_proc_is_seen_as_well),
		TEST(several_machines_of_a_process_may_show_it),
		TEST(whoever_holds_all_locks_is_refused_to_all),
	};

	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
