/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The asking side of the control channel, in a process outside the run (control.h). The programs are the
 * sockets in the run's folder whose processes live, which their locks in the state file show. A program
 * may answer anything, at any pace: what it says is bounded here in length and time.
 */
#include "spapr-tce/control.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/config.h"
#include "machine/control.h"
#include "machine/run_directory.h"
#include "machine/run_find.h"
#include "machine/run_shared.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/os_stream.h"
#include "util/reason.h"

#define STEP_MS    200u
#define STOPPED_NS UINT64_C(1000000000)
#define SILENT_NS  UINT64_C(10000000000)

struct stce_control {
	struct run_found found;
	int state;                     /* the state file */
	struct stats_shared *counters; /* a copy of the shared counters */
	char folder[FILE_PATH_SIZE + 96];
};

/* One program that is asked. */
struct asked {
	struct stce_answer answer;
	int fd;
	char *text;
	size_t size, room;
};

void stce_control_free(struct stce_control *control)
{
	if (!control)
		return;
	if (control->state >= 0)
		os_close(control->state);
	free(control->counters);
	free(control);
}

int stce_control_open(const char *run, struct stce_control **out, char *why)
{
	unsigned int count = reason_count();
	struct stce_control *control = ALLOC(struct stce_control);
	char path[sizeof(control->folder)];
	int r;

	if (!control)
		return (int)REASON_END(count, config_why(why, -ENOMEM, "out of memory"));
	control->state = -1;
	control->counters = ALLOC(struct stats_shared);
	r = control->counters ? run_find(run, &control->found, why) : config_why(why, -ENOMEM, "out of memory");
	if (!r) {
		snprintf(path, sizeof(path), "%s/state", control->found.directory);
		snprintf(control->folder, sizeof(control->folder), "%s/" CONTROL_FOLDER, control->found.directory);
		control->state = os_open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
		if (control->state < 0)
			r = config_why(why, control->state, "run %s has just ended", control->found.name);
	}
	if (r) {
		stce_control_free(control);
		return (int)REASON_END(count, r);
	}
	*out = control;
	return 0;
}

const struct stce_run_entry *stce_control_run(const struct stce_control *control)
{
	return &control->found.entry;
}

/* Lives are asked of the file itself, because this process has no life in it. */
void stce_control_stats(const struct stce_control *control, struct stce_stats *stats, size_t size)
{
	struct life life;
	struct stce_stats sum;
	ssize_t length = os_pread(control->state, control->counters, sizeof(*control->counters),
				  offsetof(struct run_shared, counters));
	bool has_life = !life_init(&life, os_dup_high(control->state));

	if (length < (ssize_t)sizeof(*control->counters))
		memset(control->counters, 0, sizeof(*control->counters));
	sum = stats_sum(control->counters, has_life && run_directory_has_programs(control->state) ? &life : NULL);
	if (has_life)
		life_fini(&life);
	stats_give(&sum, stats, size);
}

/* Reads the state letter of a process: 'T' and 't' are stopped. */
static bool is_stopped(pid_t pid)
{
	char path[64], text[512] = "";
	const char *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = pid ? os_open(path, O_RDONLY | O_CLOEXEC, 0) : -1;
	if (fd < 0)
		return false;
	if (os_read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	os_close(fd);
	end = strrchr(text, ')');
	return end && (end[2] == 'T' || end[2] == 't');
}

/*
 * Waits for the socket. -ETIMEDOUT: the program does not answer; the state tells whether it is stopped. A
 * program that runs again meanwhile has the whole time.
 */
static int await(struct asked *asked, bool to_write)
{
	uint64_t began = os_now_ns(), waited = 0;

	for (;;) {
		bool stopped;
		int r = os_stream_wait(asked->fd, to_write, -1, STEP_MS);

		if (r == 1 || (r < 0 && r != -EINTR))
			return r == 1 ? 0 : r;
		waited = os_now_ns() - began;
		stopped = is_stopped(asked->answer.pid);
		asked->answer.state = stopped ? STCE_PROGRAM_STOPPED : STCE_PROGRAM_SILENT;
		if (waited > (stopped ? STOPPED_NS : SILENT_NS))
			return -ETIMEDOUT;
	}
}

static int send_request(struct asked *asked, const char *request)
{
	char line[CONTROL_REQUEST_MAX + 1];
	int length = snprintf(line, sizeof(line), "%s\n", request);
	ssize_t r = os_send(asked->fd, line, (size_t)length);

	/* The whole request fits into the buffer of a new socket. */
	return r == length ? 0 : r < 0 ? (int)r : -EIO;
}

static int make_room(struct asked *asked)
{
	size_t room = asked->room ? asked->room * 2 : 65536;
	char *text = room > 2 * CONTROL_ANSWER_MAX ? NULL : alloc_resize(asked->text, room);

	if (!text)
		return -EMSGSIZE;
	asked->text = text;
	asked->room = room;
	return 0;
}

/* Reads all that the program sends until it closes the connection. */
static int receive_answer(struct asked *asked)
{
	for (;;) {
		int r = asked->room - asked->size > 1 ? 0 : make_room(asked);
		ssize_t got;

		if (!r)
			r = await(asked, false);
		if (r)
			return r;
		got = os_receive(asked->fd, asked->text + asked->size, asked->room - asked->size - 1);
		if (got == -EAGAIN)
			continue;
		if (got <= 0) {
			asked->text[asked->size] = 0;
			return (int)got;
		}
		asked->size += (size_t)got;
	}
}

/* Splits the first line off. */
static void read_answer(struct asked *asked)
{
	static const char ok[] = "ok\n", error[] = "error: ";
	struct stce_answer *answer = &asked->answer;

	answer->state = STCE_PROGRAM_ANSWERED;
	if (!strncmp(asked->text, ok, strlen(ok))) {
		answer->text = asked->text + strlen(ok);
		answer->size = asked->size - strlen(ok);
		return;
	}
	answer->result = -EINVAL;
	answer->text = "its answer is not one";
	if (!strncmp(asked->text, error, strlen(error))) {
		asked->text[strcspn(asked->text, "\n")] = 0;
		answer->text = asked->text + strlen(error);
	}
	answer->size = strlen(answer->text);
}

static void explain(struct stce_answer *answer, int r)
{
	answer->result = r;
	if (answer->state == STCE_PROGRAM_STOPPED)
		answer->text = "it is stopped";
	else
		answer->text = r == -ETIMEDOUT ? "it does not answer" : "it has ended, or has closed the connection";
	answer->size = strlen(answer->text);
}

static int ask_one(struct asked *asked, const char *request)
{
	int r = send_request(asked, request);

	r = r ? r : receive_answer(asked);
	if (!r && !asked->size)
		r = -ECONNRESET;
	if (r)
		explain(&asked->answer, r);
	else
		read_answer(asked);
	return r;
}

/* Waits while others keep the program busy. -EAGAIN: they do so for too long. */
static int connect_in_turn(const char *folder, const char *name)
{
	uint64_t began = os_now_ns();
	int fd;

	do {
		fd = os_stream_connect(folder, name, STEP_MS);
	} while ((fd == -EAGAIN || fd == -EINTR) && os_now_ns() - began < SILENT_NS);
	return fd;
}

/* Connects to a socket of the folder. -ESRCH: its process has ended. */
static int connect_to(const struct stce_control *control, const char *name, struct asked *asked)
{
	struct os_stream_peer peer;
	char *end;
	uint64_t mm = strtoull(name, &end, 16);
	int r;

	if (*end || end == name || os_byte_is_locked(control->state, mm) != 1)
		return -ESRCH;
	asked->fd = connect_in_turn(control->folder, name);
	if (asked->fd < 0)
		return asked->fd;
	r = os_stream_peer(asked->fd, &peer);
	if (r) {
		os_close(asked->fd);
		return r;
	}
	asked->answer = (struct stce_answer){ .pid = peer.pid, .uid = peer.uid, .state = STCE_PROGRAM_SILENT };
	return 0;
}

static bool is_request(const char *request)
{
	size_t length = strlen(request);

	return length < CONTROL_REQUEST_MAX && length == strcspn(request, "\n");
}

int stce_control_ask(struct stce_control *control, int pid, const char *request,
		     int (*fn)(void *context, const struct stce_answer *answer), void *context, char *why)
{
	unsigned int count = reason_count(), found = 0, silent = 0;
	struct dirent *entry;
	DIR *folder;
	int r = 0;

	if (!is_request(request))
		return (int)REASON_END(count, config_why(why, -EINVAL, "a request is one line below %u bytes",
							 CONTROL_REQUEST_MAX));
	folder = opendir(control->folder);
	if (!folder) {
		r = -errno;
		if (r == -ENOENT)
			return (int)REASON_END(count, config_why(why, r, "run %s has ended", control->found.name));
		return (int)REASON_END(count, config_why(why, r, "the programs of run %s cannot be listed: %s",
							 control->found.name, strerrordesc_np(-r)));
	}
	while (!r && (entry = readdir(folder))) {
		struct asked asked = { .fd = -1, .answer.state = STCE_PROGRAM_SILENT };
		int connected = connect_to(control, entry->d_name, &asked);

		/* Which process it is, only a connection tells. */
		silent += connected == -EAGAIN;
		if (connected && (connected != -EAGAIN || pid))
			continue;
		if (!pid || asked.answer.pid == pid) {
			found++;
			if (connected)
				explain(&asked.answer, -ETIMEDOUT);
			else
				ask_one(&asked, request);
			r = fn(context, &asked.answer);
		}
		if (!connected)
			os_close(asked.fd);
		free(asked.text);
	}
	closedir(folder);
	if (r || found)
		return r;
	if (silent)
		return (int)REASON_END(count, config_why(why, -ETIMEDOUT, "process %d is not found: %u of the programs of "
							 "run %s take no connection, and so do not tell which process they "
							 "are", pid, silent, control->found.name));
	if (pid)
		return (int)REASON_END(count, config_why(why, -ENOENT, "process %d is no program of run %s that has "
							 "opened a device file", pid, control->found.name));
	return (int)REASON_END(count, config_why(why, -ENOENT, "no program of run %s has opened a device file",
						 control->found.name));
}
