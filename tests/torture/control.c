/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control channel beside its program: clients that ask, and others that say garbage, half a request, or too much, and go
 * at any moment, while the program opens and closes files, forks, executes and closes all descriptors (machine/control.h).
 */
#include "torture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "entries.h"
#include "machine/control.h"
#include "spapr-tce/control.h"
#include "spapr-tce/run.h"
#include "unit/vfio/client.h"
#include "util/os.h"
#include "util/os_stream.h"

static char parent[] = "/tmp/spapr-tce-torture-XXXXXX";
static struct stce_run *run;
static struct stce_machine *machine;

struct arena {
	struct stce_control *control;
	char folder[512], name[24];
	_Atomic(uint64_t) asked, annoyed, opened, children;
};

struct reply {
	unsigned int count;
	bool is_good;
};

static int note(void *context, const struct stce_answer *answer)
{
	struct reply *reply = context;

	reply->count++;
	reply->is_good = answer->state == STCE_PROGRAM_ANSWERED && !answer->result && answer->size;
	return 0;
}

/* Asks a process, which must answer. */
static bool ask(struct stce_control *control, pid_t pid, const char *request)
{
	struct reply reply = { 0 };

	return !stce_control_ask(control, pid, request, note, &reply, NULL) && reply.count == 1 && reply.is_good;
}

static void asker(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		TORTURE_CHECK(ask(a->control, getpid(), torture_chance(self, 2) ? "show" : "help"));
		atomic_fetch_add(&a->asked, 1);
	}
}

/* Sends bytes of which some end a line, some are 0, and some make a word that is known. */
static void send_garbage(struct torture_thread *self, int fd, size_t size)
{
	static const char letters[] = "\n\0 \tshowhelpeehwhy\xff\x80%s%n0123456789";
	char bytes[2 * CONTROL_REQUEST_MAX];

	for (size_t i = 0; i < size; i++)
		bytes[i] = letters[torture_below(self, sizeof(letters) - 1)];
	if (send(fd, bytes, size, MSG_NOSIGNAL) < 0)
		TORTURE_CHECK(errno == EPIPE || errno == EAGAIN || errno == ECONNRESET);
}

static void annoy(struct torture_thread *self, int fd)
{
	static const char request[] = "show\n";
	char some[100];

	switch (torture_below(self, 5)) {
	case 0:
		send_garbage(self, fd, 1 + torture_below(self, 64));
		break;
	case 1:
		send_garbage(self, fd, CONTROL_REQUEST_MAX + torture_below(self, CONTROL_REQUEST_MAX));
		break;
	case 2:      /* half a request */
		send(fd, request, 1 + torture_below(self, sizeof(request) - 2), MSG_NOSIGNAL);
		break;
	case 3:      /* an answer of which nothing or little is read */
		send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL);
		if (torture_chance(self, 2) && os_stream_wait(fd, false, -1, 100) == 1)
			recv(fd, some, sizeof(some), MSG_DONTWAIT);
		break;
	default:
		break;
	}
	if (torture_chance(self, 2))
		shutdown(fd, SHUT_WR);
}

static void hostile(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		int fd = os_stream_connect(a->folder, a->name, 0);

		TORTURE_CHECK(fd >= 0 || fd == -EAGAIN);
		if (fd < 0) {
			os_yield();
			continue;
		}
		annoy(self, fd);
		close(fd);
		atomic_fetch_add(&a->annoyed, 1);
	}
}

static void opener(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		int fd = stce_open(machine, torture_chance(self, 2) ? "/dev/vfio/2" : "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);

		/* A child that was forked meanwhile may have the group open still. */
		TORTURE_CHECK(fd >= 0 || fd == -EBUSY);
		if (fd >= 0)
			stce_close(fd);
		atomic_fetch_add(&a->opened, 1);
	}
}

/* A child may not use its parent's `control`, whose thread may be inside it. */
static int live_on(void)
{
	struct stce_control *control;
	int fd = stce_open(machine, "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	bool is_good;

	if (fd < 0 || stce_control_open(stce_run_directory(run), &control, NULL))
		return 2;
	is_good = ask(control, getpid(), "help");
	stce_control_free(control);
	stce_close(fd);
	return !is_good;
}

static void be_a_child(uint32_t kind)
{
	switch (kind) {
	case 0:
		_exit(live_on());
	case 1:
		_exit(stce_close_range(3, ~0u, 0) ? 3 : live_on());
	case 2:
		execl("/bin/true", "true", NULL);
		_exit(127);
	default:
		_exit(0);
	}
}

static void forker(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint32_t kind = torture_below(self, 4);
		pid_t child = fork();
		int status = -1;

		if (!child)
			be_a_child(kind);
		TORTURE_CHECK(waitpid(child, &status, 0) == child);
		TORTURE_CHECK(status == 0);
		atomic_fetch_add(&a->children, 1);
	}
}

static void start(struct arena *a)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];

	assert_int_equal(stce_config_new(&config), 0);
	assert_int_equal(client_configure(config, "dmatest"), 0);
	assert_int_equal(stce_run_new(config, &run, why), 0);
	stce_config_free(config);
	assert_int_equal(stce_run_attach(stce_run_directory(run), &machine, why), 0);
	assert_int_equal(stce_control_open(stce_run_directory(run), &a->control, why), 0);
	snprintf(a->folder, sizeof(a->folder), "%s/" CONTROL_FOLDER, stce_run_directory(run));
	snprintf(a->name, sizeof(a->name), "%016" PRIx64, mm_current());
}

static void the_program_answers_whatever_others_say_and_it_does(void **state)
{
	static struct arena a;
	unsigned int files;
	int fd;

	start(&a);
	fd = stce_open(machine, "/dev/vfio/1", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(ask(a.control, getpid(), "help"));
	files = count_entries("/proc/self/fd");
	TORTURE_WANTS(a.asked);
	TORTURE_WANTS(a.annoyed);
	TORTURE_WANTS(a.opened);
	TORTURE_WANTS(a.children);
	torture_run(&a, asker, 1u, hostile, 2u, opener, 1u, forker, 1u, NULL);
	assert_true(ask(a.control, getpid(), "show"));
	assert_int_equal(count_entries("/proc/self/fd"), files);
	stce_close(fd);
	stce_machine_free(machine);
	/* A child that did not end its machine leaves the file of its socket. */
	assert_int_equal(stce_control_ask(a.control, 0, "help", note, &(struct reply){ 0 }, NULL), -ENOENT);
	stce_control_free(a.control);
	stce_run_free(run);
}

/* More than its queue holds; the process has one thread, so each connection is made before any is dropped. */
static void a_thousand_connections_keep_no_one_out_once_they_are_gone(void **state)
{
	static struct arena a;
	int fd, connected[1000];
	unsigned int refused = 0, files;

	start(&a);
	fd = stce_open(machine, "/dev/vfio/1", O_RDWR | O_CLOEXEC);
	assert_true(ask(a.control, getpid(), "help"));
	files = count_entries("/proc/self/fd");
	for (unsigned int i = 0; i < 1000; i++) {
		connected[i] = os_stream_connect(a.folder, a.name, 0);
		refused += connected[i] == -EAGAIN;
		assert_true(connected[i] >= 0 || connected[i] == -EAGAIN);
	}
	assert_in_range(refused, 1, 1000 - 16);
	/* The program works meanwhile. */
	stce_close(stce_open(machine, "/dev/vfio/2", O_RDWR | O_CLOEXEC));
	for (unsigned int i = 0; i < 1000; i++)
		if (connected[i] >= 0)
			close(connected[i]);
	assert_true(ask(a.control, getpid(), "show"));
	assert_int_equal(count_entries("/proc/self/fd"), files);
	stce_close(fd);
	stce_machine_free(machine);
	stce_control_free(a.control);
	stce_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_connections_keep_no_one_out_once_they_are_gone),
		cmocka_unit_test(the_program_answers_whatever_others_say_and_it_does),
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
