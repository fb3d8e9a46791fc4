/* SPDX-License-Identifier: BSD-2-Clause */
/* Which process drives an object, as several processes see it. */
#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file/record.h"
#include "util/fork.h"
#include "util/life.h"
#include "util/mm.h"

static int fd;
static struct life life;
static struct file_record *record;

static int start(void **state)
{
	fd = memfd_create("record", MFD_CLOEXEC);
	return life_init(&life, dup(fd)) || life_show(&life) ? -1 : file_record_map(fd, &record);
}

static int stop(void **state)
{
	file_record_unmap(record);
	life_fini(&life);
	return close(fd);
}

/* Runs fn in a child and returns its result. */
static int in_a_child(int (*fn)(void))
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(fn());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Does what a child's machine does when it is built. */
static int claim(void)
{
	return life_show(&life) ? 99 : -file_record_claim(record, &life);
}

static int is_foreign(void)
{
	return file_record_is_foreign(record, &life);
}

static int yield(void)
{
	file_record_yield(record);
	return 0;
}

static void every_mapping_is_the_same_record(void **state)
{
	struct file_record *other;

	assert_int_equal(file_record_map(fd, &other), 0);
	assert_int_equal(file_record_claim(record, &life), 0);
	assert_true(atomic_load(&other->driver) == mm_current());
	file_record_unmap(other);
	file_record_yield(record);
}

static void a_claim_may_be_repeated_and_given_up(void **state)
{
	assert_int_equal(file_record_claim(record, &life), 0);
	assert_int_equal(file_record_claim(record, &life), 0);
	assert_false(file_record_is_foreign(record, &life));
	file_record_yield(record);
	assert_true(atomic_load(&record->driver) == 0);
	file_record_yield(record);
}

static void another_process_finds_it_busy(void **state)
{
	assert_int_equal(in_a_child(is_foreign), 0);
	assert_int_equal(file_record_claim(record, &life), 0);
	assert_int_equal(in_a_child(claim), EBUSY);
	assert_int_equal(in_a_child(is_foreign), 1);
	/* A process cannot give up another's claim. */
	assert_int_equal(in_a_child(yield), 0);
	assert_true(atomic_load(&record->driver) == mm_current());
	file_record_yield(record);
}

static void the_claim_of_a_dead_process_is_free(void **state)
{
	assert_int_equal(in_a_child(claim), 0);
	assert_true(atomic_load(&record->driver) != 0);
	assert_false(file_record_is_foreign(record, &life));
	assert_int_equal(file_record_claim(record, &life), 0);
	assert_true(atomic_load(&record->driver) == mm_current());
	file_record_yield(record);
}

static void only_a_dead_claim_can_be_buried(void **state)
{
	assert_int_equal(file_record_claim(record, &life), 0);
	assert_int_equal(file_record_bury(record, &life), -EBUSY);
	assert_true(atomic_load(&record->driver) == mm_current());
	file_record_yield(record);
	assert_int_equal(in_a_child(claim), 0);
	assert_int_equal(file_record_bury(record, &life), 0);
	assert_true(atomic_load(&record->driver) == 0);
}

static void the_claim_of_a_process_that_was_killed_is_free(void **state)
{
	int ready[2], status;
	pid_t child;
	char x;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		x = (char)claim();
		if (write(ready[1], &x, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &x, 1), 1);
	assert_int_equal(x, 0);
	assert_int_equal(file_record_claim(record, &life), -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(file_record_claim(record, &life), 0);
	file_record_yield(record);
	close(ready[0]);
	close(ready[1]);
}

/* Symptom: a group stayed busy until its killed process had been waited for. */
static void the_claim_of_a_process_that_nobody_has_waited_for_is_free(void **state)
{
	siginfo_t info;
	pid_t child = fork();

	if (!child)
		_exit(claim());
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(info.si_status, 0);
	assert_false(file_record_is_foreign(record, &life));
	assert_int_equal(file_record_claim(record, &life), 0);
	file_record_yield(record);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/*
 * Symptom: a child in another PID namespace, which does not know its parent's number, took the
 * parent's group.
 */
static void a_claim_holds_in_another_pid_namespace(void **state)
{
	int status;
	pid_t child;

	assert_int_equal(file_record_claim(record, &life), 0);
	child = fork();
	if (!child) {
		if (unshare(CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0)))
			_exit(77);
		_exit(in_a_child(claim));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WEXITSTATUS(status) == 77) {
		print_message("# the system makes no namespace for us\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), EBUSY);
	file_record_yield(record);
}

/* Any number may be in the record. One that is no living process's claim counts as free. */
static void any_number_may_stand_there(void **state)
{
	static const uint64_t numbers[] = {
		0, 1, 7, UINT64_C(1) << 40, UINT64_C(1) << 62, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX,
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(numbers); i++) {
		atomic_store(&record->driver, numbers[i]);
		assert_false(file_record_is_foreign(record, &life));
		assert_false(file_record_is_claimed(record, &life));
		assert_int_equal(file_record_bury(record, &life), 0);
		atomic_store(&record->driver, numbers[i]);
		assert_int_equal(file_record_claim(record, &life), 0);
	}
	file_record_yield(record);
}

static void *stay(void *unused)
{
	for (;;)
		pause();
	return NULL;
}

/* Returns the state of a process as in /proc: 'Z' for a zombie. */
static char state_of(pid_t pid)
{
	char path[32], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (file)
		fclose(file);
	return state;
}

/* The first thread of a process may end before the others, and the process lives on. */
static void a_claim_outlives_the_first_thread(void **state)
{
	pthread_t other;
	pid_t child = fork();

	if (!child) {
		claim();
		pthread_create(&other, NULL, stay, NULL);
		syscall(SYS_exit, 0);
	}
	while (state_of(child) != 'Z')
		usleep(1000);
	assert_int_equal(file_record_claim(record, &life), -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(file_record_claim(record, &life), 0);
	file_record_yield(record);
}

/* Symptom: after an exec a program was refused its own group for ever. */
static void the_claim_from_before_an_exec_is_free(void **state)
{
	uint64_t before = mm_current() ^ UINT64_C(1) << 60;

	atomic_store(&record->driver, before);
	assert_false(life_is(&life, before));
	assert_false(file_record_is_foreign(record, &life));
	assert_int_equal(file_record_claim(record, &life), 0);
	file_record_yield(record);
}

/* Symptom: a child of a raw clone was taken for its parent, and gave up the parent's claims. */
static void a_child_of_a_bare_fork_is_another_mm_too(void **state)
{
	uint64_t parent = mm_current();
	int status;
	pid_t child;

	assert_int_equal(file_record_claim(record, &life), 0);
	child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (!child) {
		file_record_yield(record);
		syscall(SYS_exit_group, mm_current() == parent || !file_record_is_foreign(record, &life));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(atomic_load(&record->driver) == parent);
	file_record_yield(record);
}

static void a_child_is_another_mm(void **state)
{
	uint64_t parent = mm_current();
	int same;

	assert_true(parent && life_is(&life, parent));
	assert_false(life_is(&life, 0));
	same = in_a_child(is_foreign);
	assert_int_equal(same, 0);
	assert_true(mm_current() == parent);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_mapping_is_the_same_record),
		TEST(a_claim_may_be_repeated_and_given_up),
		TEST(another_process_finds_it_busy),
		TEST(the_claim_of_a_dead_process_is_free),
		TEST(only_a_dead_claim_can_be_buried),
		TEST(the_claim_of_a_process_that_was_killed_is_free),
		TEST(the_claim_of_a_process_that_nobody_has_waited_for_is_free),
		TEST(a_claim_holds_in_another_pid_namespace),
		TEST(any_number_may_stand_there),
		TEST(a_claim_outlives_the_first_thread),
		TEST(the_claim_from_before_an_exec_is_free),
		TEST(a_child_is_another_mm),
		TEST(a_child_of_a_bare_fork_is_another_mm_too),
	};

	/* From here on fork() does what it does in the library. */
	fork_lock();
	fork_unlock();
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
