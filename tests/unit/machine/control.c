/* SPDX-License-Identifier: BSD-2-Clause */
/* The control channel: who is answered, what a client may do to it, and what is left when it ends. */
#include "testing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../vfio/client.h"
#include "machine/control.h"
#include "machine/machine.h"
#include "spapr-tce/control.h"
#include "spapr-tce/run.h"
#include "util/own_fd.h"
#include "util/os_stream.h"

static char parent[] = "/tmp/spapr-tce-control-XXXXXX";
static struct stce_run *run;
static struct stce_machine *machine;
static struct stce_control *control;
static struct stce_answer last;
static char text[8192];
static unsigned int answers;
static volatile pid_t taken_by;

static int note(void *context, const struct stce_answer *answer)
{
	answers++;
	last = *answer;
	snprintf(text, sizeof(text), "%.*s", (int)answer->size, answer->text);
	return 0;
}

static int ask(const char *request)
{
	answers = 0;
	text[0] = 0;
	return stce_control_ask(control, 0, request, note, NULL, NULL);
}

/* Asks one program, again and again while a busy machine keeps it from answering in time. */
static void ask_until_answered(pid_t pid)
{
	int r;

	do {
		answers = 0;
		r = stce_control_ask(control, pid, "help", note, NULL, NULL);
	} while (r == -ETIMEDOUT || (!r && last.result == -ETIMEDOUT));
	assert_int_equal(r, 0);
	assert_int_equal(answers, 1);
}

static unsigned int count_sockets(void)
{
	char path[512];
	struct dirent *entry;
	unsigned int count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/control", stce_run_directory(run));
	folder = opendir(path);
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static int start(void **state)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];

	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(stce_config_new(&config), 0);
	assert_int_equal(client_configure(config, "dmatest"), 0);
	assert_int_equal(stce_run_new(config, &run, why), 0);
	stce_config_free(config);
	assert_int_equal(stce_run_attach(stce_run_directory(run), &machine, why), 0);
	assert_int_equal(stce_control_open(stce_run_directory(run), &control, why), 0);
	return 0;
}

static int stop(void **state)
{
	stce_control_free(control);
	if (machine)
		stce_machine_free(machine);
	stce_run_free(run);
	machine = NULL;
	return 0;
}

static int open_one(void)
{
	int fd = stce_open(machine, "/dev/vfio/1", O_RDWR);

	assert_true(fd >= 0);
	return fd;
}

static void a_program_has_no_socket_before_it_opens_a_device_file(void **state)
{
	int fd;

	assert_int_equal(count_sockets(), 0);
	assert_int_equal(ask("help"), -ENOENT);
	fd = open_one();
	assert_int_equal(count_sockets(), 1);
	assert_int_equal(ask("help"), 0);
	assert_int_equal(answers, 1);
	assert_int_equal(last.pid, getpid());
	assert_int_equal(last.uid, geteuid());
	assert_int_equal(last.state, STCE_PROGRAM_ANSWERED);
	assert_int_equal(last.result, 0);
	assert_non_null(strstr(text, "help: lists the requests"));
	stce_close(fd);
}

static void a_machine_that_ends_leaves_no_socket(void **state)
{
	stce_close(open_one());
	assert_int_equal(count_sockets(), 1);
	stce_machine_free(machine);
	machine = NULL;
	assert_int_equal(count_sockets(), 0);
	assert_int_equal(ask("help"), -ENOENT);
}

static void leave_at_once(void)
{
	_exit(stce_open(machine, "/dev/vfio/vfio", O_RDWR) < 0);
}

/* The sockets of the parent and of the dead child, then those of the parent and its own. */
static void count_and_leave(void)
{
	unsigned int before = count_sockets();

	_exit(before != 2 || stce_open(machine, "/dev/vfio/vfio", O_RDWR) < 0 || count_sockets() != 2);
}

static void is_well(pid_t child)
{
	int status = -1;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* (I5) */
static void a_program_that_begins_removes_the_sockets_of_dead_ones(void **state)
{
	int fd = open_one();
	pid_t child = fork();

	if (!child)
		leave_at_once();
	is_well(child);
	assert_int_equal(count_sockets(), 2);
	child = fork();
	if (!child)
		count_and_leave();
	is_well(child);
	assert_int_equal(ask("help"), 0);
	assert_int_equal(answers, 1);
	assert_int_equal(last.pid, getpid());
	stce_close(fd);
}

static void a_run_that_ends_while_it_is_asked_has_ended(void **state)
{
	char why[STCE_WHY_SIZE];

	stce_machine_free(machine);
	machine = NULL;
	stce_run_free(run);
	run = NULL;
	assert_int_equal(stce_control_ask(control, 0, "help", note, NULL, why), -ENOENT);
	assert_memory_equal(why, "run ", 4);
	assert_non_null(strstr(why, " has ended"));
}

static void an_unknown_verb_is_refused_in_one_line(void **state)
{
	int fd = open_one();

	assert_int_equal(ask(" conquer the world "), 0);
	assert_int_equal(last.result, -EINVAL);
	assert_string_equal(text, "this program does not know the request \"conquer\"");
	assert_int_equal(ask(""), 0);
	assert_int_equal(last.result, -EINVAL);
	assert_int_equal(ask("two\nlines"), -EINVAL);
	stce_close(fd);
}

static int connect_raw(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[512];
	struct dirent *entry;
	DIR *folder;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(path, sizeof(path), "%s/control", stce_run_directory(run));
	folder = opendir(path);
	while ((entry = readdir(folder)) && entry->d_name[0] == '.')
		;
	assert_non_null(entry);
	assert_true(snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", path, entry->d_name) <
		    (int)sizeof(address.sun_path));
	closedir(folder);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		assert_int_equal(errno, EAGAIN);
	fcntl(fd, F_SETFL, 0);
	return fd;
}

static size_t read_all(int fd, char *to, size_t size)
{
	size_t length = 0;
	ssize_t r;

	while ((r = read(fd, to + length, size - length - 1)) > 0)
		length += (size_t)r;
	to[length] = 0;
	return length;
}

/* (I2) */
static void a_client_that_says_too_much_or_nothing_is_dropped(void **state)
{
	char much[CONTROL_REQUEST_MAX + 1];
	int fd = open_one(), silent, gone;
	time_t began = time(NULL);

	gone = connect_raw();
	close(gone);
	silent = connect_raw();
	assert_int_equal(ask("help"), 0);
	assert_int_equal(last.result, 0);
	assert_true(time(NULL) - began < 8);
	read_all(silent, text, sizeof(text));
	assert_non_null(strstr(text, "error: the request, of at most"));
	close(silent);
	memset(much, 'x', sizeof(much));
	silent = connect_raw();
	assert_int_equal(send(silent, much, CONTROL_REQUEST_MAX, MSG_NOSIGNAL), CONTROL_REQUEST_MAX);
	read_all(silent, text, sizeof(text));
	assert_string_equal(text, "error: the request is longer than 4095 bytes\n");
	close(silent);
	stce_close(fd);
}

/* Returns the error with which another user, who knows the path, is kept from connecting. */
static int connect_as_nobody(const char *folder, const char *name)
{
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 1;
	return -os_stream_connect(folder, name, 0);
}

/* (I1) */
static void another_user_cannot_even_connect(void **state)
{
	char folder[512], name[24];
	int fd, status, connected;
	pid_t child;

	if (geteuid())
		skip();
	fd = open_one();
	snprintf(folder, sizeof(folder), "%s/" CONTROL_FOLDER, stce_run_directory(run));
	snprintf(name, sizeof(name), "%016" PRIx64, mm_current());
	connected = os_stream_connect(folder, name, 0);
	assert_true(connected >= 0);
	close(connected);
	child = fork();
	if (!child)
		_exit(connect_as_nobody(folder, name));
	waitpid(child, &status, 0);
	assert_int_equal(WEXITSTATUS(status), EACCES);
	stce_close(fd);
}

/* Makes the way to the socket open to all, which it is not by itself, and asks. */
static int ask_as_nobody(void)
{
	char path[512], answer[512];
	struct dirent *entry;
	DIR *folder;
	int fd;

	snprintf(path, sizeof(path), "%s/control", stce_run_directory(run));
	if (chmod(parent, 0755) || chmod(stce_run_directory(run), 0755) || chmod(path, 0755))
		return 1;
	folder = opendir(path);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.' && fchmodat(dirfd(folder), entry->d_name, 0777, 0))
			return 2;
	closedir(folder);
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 3;
	fd = connect_raw();
	/* The refusal comes after the request, however late that is. */
	usleep(50000);
	if (send(fd, "help\n", 5, MSG_NOSIGNAL) != 5)
		return 4;
	read_all(fd, answer, sizeof(answer));
	return strcmp(answer, "error: the program belongs to another user\n") ? 5 : 0;
}

/* (I1) Root is answered by everyone, so only root can make the test's other user. */
static void another_user_is_refused(void **state)
{
	int fd, status;
	pid_t child;

	if (geteuid())
		skip();
	fd = open_one();
	child = fork();
	if (!child)
		_exit(ask_as_nobody());
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	stce_close(fd);
}

/* (I3) */
static void a_child_answers_for_itself_once_it_opens_a_file(void **state)
{
	int to_child[2], from_child[2], status, fd = open_one();
	char byte;
	pid_t child;

	assert_int_equal(pipe(to_child) | pipe(from_child), 0);
	/* The thread that answers is idle at the fork, because a lock of ASAN that it held would stay locked in the child. */
	ask_until_answered(getpid());
	child = fork();
	if (!child) {
		/* So it ends with its parent. */
		close(to_child[1]);
		if (read(to_child[0], &byte, 1) != 1)
			_exit(1);
		fd = stce_open(machine, "/dev/vfio/2", O_RDWR);
		if (fd < 0 || write(from_child[1], "", 1) != 1 || read(to_child[0], &byte, 1) != 1)
			_exit(2);
		_exit(0);
	}
	assert_int_equal(stce_control_ask(control, child, "help", note, NULL, NULL), -ENOENT);
	assert_int_equal(ask("help"), 0);
	assert_int_equal(answers, 1);
	assert_int_equal(last.pid, getpid());
	assert_int_equal(write(to_child[1], "", 1), 1);
	assert_int_equal(read(from_child[0], &byte, 1), 1);
	ask_until_answered(child);
	assert_int_equal(last.pid, child);
	assert_int_equal(last.result, 0);
	assert_int_equal(ask("help"), 0);
	assert_int_equal(answers, 2);
	/* A child that is stopped is named so within a second or two, and does not keep others waiting. */
	kill(child, SIGSTOP);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	answers = 0;
	assert_int_equal(stce_control_ask(control, child, "help", note, NULL, NULL), 0);
	assert_int_equal(last.state, STCE_PROGRAM_STOPPED);
	assert_int_equal(last.result, -ETIMEDOUT);
	assert_string_equal(text, "it is stopped");
	kill(child, SIGKILL);
	kill(child, SIGCONT);
	waitpid(child, &status, 0);
	/* Its socket's file is left, but it is dead. */
	assert_int_equal(stce_control_ask(control, child, "help", note, NULL, NULL), -ENOENT);
	assert_int_equal(count_sockets(), 2);
	assert_int_equal(ask("help"), 0);
	assert_int_equal(answers, 1);
	stce_close(fd);
	for (unsigned int i = 0; i < 2; i++) {
		close(to_child[i]);
		close(from_child[i]);
	}
}

/* Closes what is not the library's, then all. Returns the number of a step that failed, or 0. */
static int close_everything(void)
{
	if (stce_open(machine, "/dev/vfio/2", O_RDWR) < 0 || stce_close_range(3, ~0u, 0))
		return 1;
	if (stce_control_open(stce_run_directory(run), &control, NULL))
		return 2;
	answers = 0;
	if (stce_control_ask(control, getpid(), "help", note, NULL, NULL) || answers != 1 || last.result)
		return 3;
	/* By raw calls: the channel ends, and nothing else does. */
	for (int i = 3; i < 1 << 20; i++)
		if (own_fd_has(i))
			close(i);
	answers = 0;
	stce_control_ask(control, getpid(), "help", note, NULL, NULL);
	if (answers && !last.result)
		return 4;
	return 0;
}

/* (I4) */
static void closing_all_descriptors_harms_the_channel_only_by_raw_calls(void **state)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(close_everything());
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

static void interrupted(int number)
{
	taken_by = gettid();
}

/* (I4) The threads of the channel block what the program may get. */
static void a_signal_goes_to_a_thread_of_the_program(void **state)
{
	int fd = open_one();
	sigset_t one;

	signal(SIGUSR1, interrupted);
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	sigprocmask(SIG_BLOCK, &one, NULL);
	kill(getpid(), SIGUSR1);
	assert_int_equal(ask("help"), 0);
	assert_int_equal(taken_by, 0);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	assert_int_equal(taken_by, gettid());
	signal(SIGUSR1, SIG_DFL);
	stce_close(fd);
}

/* It takes no connection, so nobody learns which process it is. */
static void a_stopped_program_whose_queue_is_full_does_not_answer(void **state)
{
	int waiting[64], status, fd = open_one();
	char why[STCE_WHY_SIZE];
	pid_t child = fork();

	if (!child) {
		stce_open(machine, "/dev/vfio/2", O_RDWR);
		for (;;)
			pause();
	}
	stce_close(fd);
	stce_machine_free(machine);
	machine = NULL;
	while (ask("help") || answers != 1)
		usleep(1000);
	kill(child, SIGSTOP);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	for (unsigned int i = 0; i < 64; i++)
		waiting[i] = connect_raw();
	assert_int_equal(ask("help"), 0);
	assert_int_equal(answers, 1);
	assert_int_equal(last.pid, 0);
	assert_int_equal(last.state, STCE_PROGRAM_SILENT);
	assert_string_equal(text, "it does not answer");
	answers = 0;
	assert_int_equal(stce_control_ask(control, child, "help", note, NULL, why), -ETIMEDOUT);
	assert_int_equal(answers, 0);
	assert_non_null(strstr(why, " is not found: 1 of the programs of run "));
	for (unsigned int i = 0; i < 64; i++)
		close(waiting[i]);
	kill(child, SIGKILL);
	kill(child, SIGCONT);
	waitpid(child, &status, 0);
}

static int count_run(void *context, const struct stce_run_entry *entry)
{
	unsigned int *count = context;

	if (strcmp(entry->directory, stce_run_directory(run)))
		return 0;
	assert_int_equal(entry->uid, geteuid());
	assert_int_equal(entry->pid, getpid());
	assert_int_equal(entry->state, STCE_RUN_LIVE);
	assert_true(entry->started > 1600000000);
	(*count)++;
	return 0;
}

static void a_run_is_found_by_name_by_number_and_alone(void **state)
{
	char number[32], why[STCE_WHY_SIZE];
	struct stce_control *other;
	unsigned int count = 0;

	assert_int_equal(stce_runs(count_run, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(stce_control_open(stce_control_run(control)->name, &other, why), 0);
	assert_string_equal(stce_control_run(other)->directory, stce_run_directory(run));
	stce_control_free(other);
	snprintf(number, sizeof(number), "%d", getpid());
	assert_int_equal(stce_control_open(number, &other, why), 0);
	assert_string_equal(stce_control_run(other)->directory, stce_run_directory(run));
	stce_control_free(other);
	assert_int_equal(stce_control_open("nobody", &other, why), -ENOENT);
	assert_string_equal(why, "there is no run \"nobody\"; it has ended, or never was (spapr-tce ps lists the runs)");
	assert_int_equal(stce_control_open("/tmp", &other, why), -ENOENT);
}

static void its_counters_are_those_of_the_run(void **state)
{
	struct stce_stats stats;
	int fd = open_one();

	stce_control_stats(control, &stats, sizeof(stats));
	assert_int_equal(stats.groups_opened, 1);
	stce_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_program_has_no_socket_before_it_opens_a_device_file, start, stop),
		cmocka_unit_test_setup_teardown(a_machine_that_ends_leaves_no_socket, start, stop),
		cmocka_unit_test_setup_teardown(a_program_that_begins_removes_the_sockets_of_dead_ones, start, stop),
		cmocka_unit_test_setup_teardown(a_run_that_ends_while_it_is_asked_has_ended, start, stop),
		cmocka_unit_test_setup_teardown(an_unknown_verb_is_refused_in_one_line, start, stop),
		cmocka_unit_test_setup_teardown(a_client_that_says_too_much_or_nothing_is_dropped, start, stop),
		cmocka_unit_test_setup_teardown(another_user_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(another_user_cannot_even_connect, start, stop),
		cmocka_unit_test_setup_teardown(a_child_answers_for_itself_once_it_opens_a_file, start, stop),
		cmocka_unit_test_setup_teardown(a_run_is_found_by_name_by_number_and_alone, start, stop),
		cmocka_unit_test_setup_teardown(its_counters_are_those_of_the_run, start, stop),
		cmocka_unit_test_setup_teardown(a_stopped_program_whose_queue_is_full_does_not_answer, start, stop),
		cmocka_unit_test_setup_teardown(closing_all_descriptors_harms_the_channel_only_by_raw_calls, start, stop),
		cmocka_unit_test_setup_teardown(a_signal_goes_to_a_thread_of_the_program, start, stop),
	};
	int r;

	if (!mkdtemp(parent))
		return 1;
	chmod(parent, 0711);
	setenv("XDG_RUNTIME_DIR", parent, 1);
	r = cmocka_run_group_tests_name("control", tests, NULL, NULL);
	rmdir(parent);
	return r;
}
