/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a line of the trace as text for people, as JSON with one object in each line, or as events
 * of the viewer Perfetto. It is called from any thread and from signal handlers, so it allocates
 * nothing. The format is the process's.
 */
#ifndef STCE_UTIL_TRACE_FORMAT_H
#define STCE_UTIL_TRACE_FORMAT_H

#include "util/trace_line.h"

/* "text", "json" or "perfetto". -EINVAL. */
int trace_format_set(const char *name);
/* Returns what a file begins with: one line that ends, or nothing. */
const char *trace_format_head(void);
/* Returns the bytes written: whole lines. */
size_t trace_format(char buffer[TRACE_LINE_SIZE], const struct trace_line *line);

#endif
