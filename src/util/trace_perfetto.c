/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the trace in Chrome's trace event format, an array whose closing bracket is optional, which
 * Perfetto's viewer opens. Times are in microseconds. A call is a slice of its thread. Functions and
 * windows are shown as the threads and tracks of two processes that do not exist: a function's DMA
 * is a slice of its track, and a window is an asynchronous slice from its creation to its removal.
 * Names of processes and functions are told before their first event.
 */
#include "util/trace_perfetto.h"

#include <fcntl.h>
#include <string.h>

#include "util/trace_members.h"

/* Above every process of Linux, which has at most 2^22. */
#define FUNCTIONS 0x40000000
#define WINDOWS   0x40000001

#define TOLD_BITS 4096

static _Atomic(uint64_t) told[TOLD_BITS / 64];
static _Atomic(int) named_process;

/* Returns whether this is the first time for the number. Two numbers may be taken for one. */
static bool is_first(unsigned int number)
{
	unsigned int bit = number % TOLD_BITS;

	return !(atomic_fetch_or(&told[bit / 64], bit64(bit % 64)) & bit64(bit % 64));
}

static void put_name(struct trace_text *text, const char *what, int process, unsigned int thread, const char *name)
{
	trace_put(text, "{\"ph\":\"M\",\"name\":\"");
	trace_put(text, what);
	trace_put(text, "\",\"pid\":");
	trace_put_signed(text, process);
	trace_put(text, ",\"tid\":");
	trace_put_number(text, thread);
	trace_put(text, ",\"args\":{\"name\":");
	trace_put_json(text, name);
	trace_put(text, "}},\n");
}

static void name_process(struct trace_text *text, int process)
{
	char name[32] = "";
	int fd = os_open("/proc/self/comm", O_RDONLY | O_CLOEXEC, 0);
	ssize_t size = fd < 0 ? 0 : os_read(fd, name, sizeof(name) - 1);

	if (fd >= 0)
		os_close(fd);
	name[size > 0 ? size : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	put_name(text, "process_name", process, (unsigned int)process, name);
}

/* Returns the number of a function's track, from its PCI address: "0000:01:00.0". */
static unsigned int track_of(const char *address)
{
	unsigned int number = 0;

	for (; *address; address++)
		if (*address != ':' && *address != '.')
			number = number * 16 + (unsigned int)(*address <= '9' ? *address - '0' : *address - 'a' + 10);
	return number & 0x3fffffff;
}

static void put_names(struct trace_text *text, const struct trace_line *line, bool has_track)
{
	/* A forked child has another number than its parent. */
	if (atomic_exchange(&named_process, line->process) != line->process)
		name_process(text, line->process);
	if (!has_track)
		return;
	if (is_first(TOLD_BITS - 1))
		put_name(text, "process_name", FUNCTIONS, 0, "functions");
	if (is_first(track_of(line->value[0].text)))
		put_name(text, "thread_name", FUNCTIONS, track_of(line->value[0].text), line->value[0].text);
}

static void put_place(struct trace_text *text, int process, unsigned int thread)
{
	trace_put(text, ",\"pid\":");
	trace_put_signed(text, process);
	trace_put(text, ",\"tid\":");
	trace_put_number(text, thread);
}

static void put_end(struct trace_text *text, const struct trace_line *line)
{
	trace_put(text, ",\"args\":{\"failed\":");
	trace_put(text, trace_line_has_failed(line) ? "true," : "false,");
	trace_put(text, "\"groups\":[");
	trace_members_groups(text, &line->scope);
	trace_put(text, "],");
	trace_members_arguments(text, line);
	trace_put(text, "}},\n");
}

/* Puts the begin or the end of a window, which its group and its start tell from others. */
static void put_window(struct trace_text *text, const struct trace_line *line)
{
	bool opens = line->row->kind == TRACE_OPEN;
	int group = line->scope.group_count ? line->scope.group[0] : 0;
	uint64_t start = (uint64_t)line->value[line->row->range.at].number;

	if (is_first(TOLD_BITS - 2))
		put_name(text, "process_name", WINDOWS, 0, "windows");
	trace_put(text, opens ? "{\"ph\":\"b\",\"cat\":\"window\",\"name\":\"group " :
		  "{\"ph\":\"e\",\"cat\":\"window\",\"name\":\"group ");
	trace_put_signed(text, group);
	trace_put(text, " at 0x");
	trace_put_hex(text, start);
	trace_put(text, "\",\"id\":\"0x");
	/* Windows start with a page, so the low bits are free. */
	trace_put_hex(text, start | ((unsigned int)group & 0xfff));
	trace_put(text, "\",\"ts\":");
	trace_put_time(text, line->time, 3, 3);
	put_place(text, WINDOWS, WINDOWS);
	put_end(text, line);
}

void trace_perfetto(struct trace_text *text, const struct trace_line *line)
{
	enum trace_kind kind = line->row->kind;
	bool has_track = kind == TRACE_DMA || kind == TRACE_FUNCTION;
	bool is_slice = kind == TRACE_CALL || kind == TRACE_DMA;

	put_names(text, line, has_track);
	if (kind == TRACE_OPEN || kind == TRACE_CLOSE) {
		put_window(text, line);
		return;
	}
	trace_put(text, is_slice ? "{\"ph\":\"X\",\"name\":\"" : "{\"ph\":\"i\",\"s\":\"t\",\"name\":\"");
	trace_put(text, line->row->name);
	trace_put(text, "\",\"ts\":");
	trace_put_time(text, line->since, 3, 3);
	if (is_slice) {
		trace_put(text, ",\"dur\":");
		trace_put_time(text, line->time - line->since, 3, 3);
	}
	put_place(text, has_track ? FUNCTIONS : line->process,
		  has_track ? track_of(line->value[0].text) : (unsigned int)line->thread);
	put_end(text, line);
}
