/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the switches of the trace events and the clock of their lines. A line is judged by
 * trace_filter.c, written by trace_format.c, and goes to a descriptor or into trace_file.c.
 */
#include "util/trace.h"

#include <errno.h>
#include <string.h>

#include "util/trace_filter.h"
#include "util/trace_format.h"

bool trace_is_on[TRACE_COUNT];
bool trace_is_timed;
__thread uint64_t trace_since;

static _Atomic(uint64_t) start;
static int trace_fd = 2;
static void (*_Atomic sink)(const char *lines, size_t size);

static bool matches(const char *name, const char *pattern, size_t length)
{
	if (length && pattern[length - 1] == '*')
		return !strncmp(name, pattern, length - 1);
	return strlen(name) == length && !strncmp(name, pattern, length);
}

static bool switch_events(const char *pattern, size_t length, bool on)
{
	bool found = false;

	for (unsigned int i = 0; i < TRACE_COUNT; i++) {
		if (!matches(trace_rows[i].name, pattern, length))
			continue;
		trace_is_on[i] = on;
		trace_is_timed |= on;
		found = true;
	}
	return found;
}

int trace_enable(const char *names, const char **bad)
{
	while (*names) {
		size_t length = strcspn(names, ",");
		bool off = *names == '-' || *names == '!';

		if (length && !switch_events(names + off, length - off, !off)) {
			*bad = names;
			return -ENOENT;
		}
		names += length;
		names += *names == ',';
	}
	return 0;
}

void trace_set_fd(int fd)
{
	trace_fd = fd;
}

void trace_set_sink(void (*write)(const char *lines, size_t size))
{
	atomic_store(&sink, write);
}

static void put_out(const char *lines, size_t size)
{
	void (*write)(const char *, size_t) = atomic_load(&sink);

	if (write)
		write(lines, size);
	else
		os_write(trace_fd, lines, size);
}

void trace_set_start(uint64_t ns)
{
	atomic_store(&start, ns);
}

/* Returns the ns from the start to a moment that is not before it. */
static uint64_t since_start(uint64_t ns)
{
	uint64_t began = 0;

	if (!atomic_compare_exchange_strong(&start, &began, ns))
		return ns > began ? ns - began : 0;
	return 0;
}

const char *trace_event_name(unsigned int n)
{
	return n < TRACE_COUNT ? trace_rows[n].name : NULL;
}

void trace_groups_add(struct trace_groups *groups, int group)
{
	unsigned int i = 0;

	while (i < TRACE_GROUPS && atomic_load(&groups->number[i]))
		i++;
	if (i < TRACE_GROUPS)
		atomic_store(&groups->number[i], group + 1);
}

void trace_groups_remove(struct trace_groups *groups, int group)
{
	for (unsigned int i = 0; i < TRACE_GROUPS; i++)
		if (atomic_load(&groups->number[i]) == group + 1)
			atomic_store(&groups->number[i], 0);
}

void trace_scope_add(struct trace_scope *scope, const struct trace_groups *groups)
{
	for (unsigned int i = 0; i < TRACE_GROUPS && scope->group_count < TRACE_GROUPS; i++) {
		int number = atomic_load(&groups->number[i]);

		if (number)
			scope->group[scope->group_count++] = number - 1;
	}
}

/* Takes the group of an event that has it among its arguments. */
static void find_group(struct trace_line *line)
{
	const char *name = line->row->arguments;

	for (unsigned int i = 0; i < line->count && !line->scope.group_count; i++) {
		size_t length = strcspn(name, ",");

		if (length == strlen("group") && !strncmp(name, "group", length))
			line->scope = trace_of_group((int)line->value[i].number);
		name += length + 1;
	}
}

/* Notes who makes the line, and when. */
static void stamp(struct trace_line *line)
{
	uint64_t since = line->scope.since ? line->scope.since : trace_since;

	line->time = os_now_ns();
	if (line->row->kind != TRACE_CALL && line->row->kind != TRACE_DMA)
		since = line->time;
	/* The first line sets the start, which must not be after its own beginning. */
	line->since = since_start(since && since < line->time ? since : line->time);
	line->time = since_start(line->time);
	line->process = os_getpid();
	line->thread = os_gettid();
}

void trace_print(struct trace_scope scope, enum trace_event event, ...)
{
	struct trace_line line = { .row = &trace_rows[event], .scope = scope };
	char text[TRACE_LINE_SIZE];
	va_list arguments;

	va_start(arguments, event);
	trace_line_read(&line, arguments);
	va_end(arguments);
	find_group(&line);
	stamp(&line);
	if (trace_filter_takes(&line))
		put_out(text, trace_format(text, &line));
}
