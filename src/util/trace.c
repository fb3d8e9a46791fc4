/* SPDX-License-Identifier: BSD-2-Clause */
/* Owns the switches of the trace events and prints their lines. trace_events.h is the list. */
#include "util/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/os.h"

#define LINE_SIZE 512

bool trace_is_on[TRACE_COUNT];

static int trace_fd = 2;

static const struct {
	const char *name;
	const char *format;
} events[TRACE_COUNT] = {
#define TRACE_EVENT(name, format) { #name, format },
#include "util/trace_events.h"
#undef TRACE_EVENT
};

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
		if (!matches(events[i].name, pattern, length))
			continue;
		trace_is_on[i] = on;
		found = true;
	}
	return found;
}

int trace_enable(const char *names, const char **bad)
{
	while (*names) {
		size_t length = strcspn(names, ",");
		bool off = *names == '-';

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

const char *trace_event_name(unsigned int n)
{
	return n < TRACE_COUNT ? events[n].name : NULL;
}

void trace_print(enum trace_event event, ...)
{
	char line[LINE_SIZE];
	int n = snprintf(line, sizeof(line), "%s ", events[event].name);
	va_list args;

	va_start(args, event);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n, events[event].format, args);
	va_end(args);
	if (n >= LINE_SIZE)
		n = LINE_SIZE - 1;
	line[n++] = '\n';
	os_write(trace_fd, line, (size_t)n);
}
