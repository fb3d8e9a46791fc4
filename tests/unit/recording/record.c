/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process records reaches the file: in order, from all threads and forked children, until the disk is full. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/file.h"
#include "recording/reader.h"
#include "recording/record.h"

#define PATH "recording-test"
#define THREADS 4
#define EACH 3000

/* As in a run, forked children count here too. */
static struct recording_shared *shared;
static struct recording recording;
static uint8_t bytes[1 << 20];
static size_t size;
static unsigned int told;

static void note_end(const char *message)
{
	assert_non_null(strstr(message, "the recording ends here: /"));
	told++;
}

static int begin(void **state)
{
	*shared = (struct recording_shared){ 0 };
	told = 0;
	recording_file_on_end(note_end);
	assert_int_equal(recording_file_set(PATH), 0);
	assert_int_equal(recording_file_create("device dmatest\n"), 0);
	recording_begin(shared);
	assert_true(recording_is_on());
	return 0;
}

static int end(void **state)
{
	recording_stop(shared);
	recording_file_close();
	unlink(PATH);
	return 0;
}

static void load(void)
{
	FILE *file = fopen(PATH, "re");

	assert_non_null(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
}

/* Ends the recording, and reads it. */
static void finish(void)
{
	char why[RECORDING_WHY_SIZE];
	struct recording_block last = { .kind = RECORDING_END, .first = shared->number };

	recording_stop(shared);
	recording_file_put(&last);
	load();
	if (recording_parse(&recording, bytes, size, false, why))
		fail_msg("%s", why);
}

static unsigned int count_now(void)
{
	char why[RECORDING_WHY_SIZE];
	unsigned int count;

	load();
	if (recording_parse(&recording, bytes, size, true, why))
		fail_msg("%s", why);
	count = (unsigned int)recording.count;
	recording_fini(&recording);
	return count;
}

static const struct recording_record *expect(enum recording_kind kind, uint32_t of)
{
	uint32_t process;
	const struct recording_record *record = recording_next(&recording, &process);

	assert_non_null(record);
	assert_int_equal(record->kind, kind);
	assert_int_equal(process, of);
	return record;
}

static void *add_many(void *context)
{
	for (uint64_t i = 0; i < EACH; i++)
		recording_add_access((uintptr_t)context, 8, &i, true, 0);
	return NULL;
}

static void records_of_threads_are_all_there_and_in_order(void **state)
{
	const struct recording_record *record;
	uint64_t next[THREADS] = { 0 }, number = 1, value;
	pthread_t threads[THREADS];
	uint32_t process;

	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, (void *)i), 0);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	finish();
	expect(RECORDING_PROCESS, (uint32_t)getpid());
	while ((record = recording_next(&recording, &process))) {
		assert_int_equal(record->number, ++number);
		memcpy(&value, record->in, sizeof(value));
		assert_int_equal(value, next[record->field[RECORDING_ADDRESS]]++);
	}
	assert_int_equal(number, 1 + THREADS * EACH);
	recording_fini(&recording);
}

static void *add_rare(void *context)
{
	recording_add_plain(RECORDING_CLOSE, 5, 0, 0, 0, 0);
	return NULL;
}

/* A block is larger than the stack of such a thread. */
static void a_thread_with_a_small_stack_may_write_a_block(void **state)
{
	const uint32_t value = 7;
	pthread_attr_t small;
	pthread_t thread;

	for (unsigned int i = 0; i < EACH / 2; i++)
		recording_add_access(0x1000 * i, sizeof(value), &value, true, 0);
	pthread_attr_init(&small);
	/* ARM's smallest stack is larger than a block. */
	assert_int_equal(pthread_attr_setstacksize(&small, max_u64(32 * KIB, (uint64_t)sysconf(_SC_THREAD_STACK_MIN))), 0);
	assert_int_equal(pthread_create(&thread, &small, add_rare, NULL), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&small);
	assert_int_equal(count_now(), 1 + EACH / 2 + 1);
}

static void a_rare_call_is_in_the_file_at_once(void **state)
{
	const uint32_t value = 7;

	assert_int_equal(count_now(), 1);
	recording_add_access(0x1000, sizeof(value), &value, true, 0);
	assert_int_equal(count_now(), 1);
	recording_add_plain(RECORDING_CLOSE, 5, 0, 0, 0, 0);
	assert_int_equal(count_now(), 3);
}

static void a_child_begins_before_what_its_parent_does_next(void **state)
{
	const uint32_t parent = (uint32_t)getpid();
	const struct recording_record *record;
	pid_t child;

	recording_add_plain(RECORDING_CLOSE, 1, 0, 0, 0, 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		recording_add_plain(RECORDING_CLOSE, 2, 0, 0, 0, 0);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	recording_add_plain(RECORDING_CLOSE, 3, 0, 0, 0, 0);
	finish();
	expect(RECORDING_PROCESS, parent);
	assert_int_equal(expect(RECORDING_CLOSE, parent)->field[RECORDING_FD], 1);
	assert_int_equal(expect(RECORDING_PROCESS, (uint32_t)child)->field[RECORDING_PARENT], parent);
	record = expect(RECORDING_CLOSE, (uint32_t)child);
	assert_int_equal(record->field[RECORDING_FD], 2);
	assert_int_equal(record->field[RECORDING_THREAD], child);
	assert_int_equal(expect(RECORDING_CLOSE, parent)->field[RECORDING_FD], 3);
	recording_fini(&recording);
}

static void a_child_that_is_cloned_by_hand_does_not_write_for_its_parent(void **state)
{
	const uint32_t value = 7, parent = (uint32_t)getpid();
	pid_t child;

	recording_add_access(0x1000, sizeof(value), &value, true, 0);
	child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	assert_true(child >= 0);
	if (!child) {
		recording_add_plain(RECORDING_CLOSE, 2, 0, 0, 0, 0);
		recording_stop(shared);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	finish();
	expect(RECORDING_PROCESS, parent);
	expect(RECORDING_STORE, parent);
	assert_int_equal(expect(RECORDING_PROCESS, (uint32_t)child)->field[RECORDING_PARENT], parent);
	expect(RECORDING_CLOSE, (uint32_t)child);
	recording_fini(&recording);
}

static void a_child_that_records_nothing_writes_nothing(void **state)
{
	const uint32_t value = 7;
	pid_t child;

	recording_add_access(0x1000, sizeof(value), &value, true, 0);
	child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	assert_true(child >= 0);
	if (!child) {
		recording_stop(shared);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	assert_int_equal(count_now(), 1);
}

/* The limit of a file's size stands for a full disk: the kernel writes what fits. */
static void a_full_disk_ends_the_recording_with_whole_blocks_and_one_message(void **state)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit limit = { .rlim_max = RLIM_INFINITY };
	unsigned int count;

	limit.rlim_cur = 1000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (unsigned int i = 0; i < 100; i++)
		recording_add_plain(RECORDING_CLOSE, 1, 0, 0, 0, 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	count = count_now();
	assert_in_range(count, 5, 50);
	assert_in_range(size, 900, 1000);
	assert_int_equal(told, 1);
	recording_add_plain(RECORDING_CLOSE, 1, 0, 0, 0, 0);
	assert_int_equal(count_now(), count);
	assert_true(shared->has_ended);
}

/* A gap between its records and ours would be a hole that no reader could explain. */
static void the_end_by_another_program_is_ours_too(void **state)
{
	const uint32_t value = 7;

	recording_add_access(0x1000, sizeof(value), &value, true, 0);
	shared->has_ended = true;
	recording_add_plain(RECORDING_CLOSE, 1, 0, 0, 0, 0);
	recording_stop(shared);
	assert_int_equal(count_now(), 1);
	recording_begin(shared);
	assert_false(recording_is_on());
	assert_int_equal(count_now(), 1);
	assert_int_equal(told, 0);
}

static void a_program_that_cannot_open_the_file_ends_the_recording_of_all_with_one_message(void **state)
{
	recording_stop(shared);
	recording_file_close();
	assert_int_equal(recording_file_set("/nowhere/x"), 0);
	recording_begin(shared);
	assert_false(recording_is_on());
	assert_true(shared->has_ended);
	recording_begin(shared);
	assert_int_equal(told, 1);
}

static void the_file_is_its_users_alone_unless_it_was_there(void **state)
{
	struct stat st;

	assert_int_equal(stat(PATH, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(PATH, 0666), 0);
	recording_file_close();
	assert_int_equal(recording_file_create(""), 0);
	assert_int_equal(stat(PATH, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
}

static void the_end_of_another_recording_is_not_ours(void **state)
{
	struct recording_shared others = { 0 };

	recording_stop(&others);
	assert_true(recording_is_on());
	recording_stop(shared);
	assert_false(recording_is_on());
}

static void the_file_must_be_a_plain_one(void **state)
{
	recording_file_close();
	assert_int_equal(mkfifo("recording-pipe", 0600), 0);
	assert_int_equal(recording_file_set("recording-pipe"), 0);
	assert_int_equal(recording_file_create(""), -EINVAL);
	unlink("recording-pipe");
	assert_int_equal(recording_file_set("/dev/null"), 0);
	assert_int_equal(recording_file_create(""), -EINVAL);
	assert_int_equal(recording_file_set("/"), 0);
	assert_int_equal(recording_file_create(""), -EINVAL);
	assert_int_equal(recording_file_set("/nowhere/x"), 0);
	assert_int_equal(recording_file_create(""), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_of_threads_are_all_there_and_in_order, begin, end),
		cmocka_unit_test_setup_teardown(a_thread_with_a_small_stack_may_write_a_block, begin, end),
		cmocka_unit_test_setup_teardown(a_rare_call_is_in_the_file_at_once, begin, end),
		cmocka_unit_test_setup_teardown(a_child_begins_before_what_its_parent_does_next, begin, end),
		cmocka_unit_test_setup_teardown(a_child_that_is_cloned_by_hand_does_not_write_for_its_parent, begin, end),
		cmocka_unit_test_setup_teardown(a_child_that_records_nothing_writes_nothing, begin, end),
		cmocka_unit_test_setup_teardown(a_full_disk_ends_the_recording_with_whole_blocks_and_one_message, begin, end),
		cmocka_unit_test_setup_teardown(the_end_by_another_program_is_ours_too, begin, end),
		cmocka_unit_test_setup_teardown(a_program_that_cannot_open_the_file_ends_the_recording_of_all_with_one_message,
						begin, end),
		cmocka_unit_test_setup_teardown(the_file_is_its_users_alone_unless_it_was_there, begin, end),
		cmocka_unit_test_setup_teardown(the_end_of_another_recording_is_not_ours, begin, end),
		cmocka_unit_test_setup_teardown(the_file_must_be_a_plain_one, begin, end),
	};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
