/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chooses lines of the trace by group, result and bus address. A filter that is set drops each line
 * that has no such property. The filters are one process's, and are set before its threads trace.
 */
#ifndef STCE_UTIL_TRACE_FILTER_H
#define STCE_UTIL_TRACE_FILTER_H

#include "util/trace_line.h"

/* Numbers of groups, separated by commas. -EINVAL: nothing has changed. */
int trace_filter_groups(const char *text);
/* "ok" or "error". -EINVAL. */
int trace_filter_result(const char *text);
/* "FIRST-LAST", both included, as numbers in C. -EINVAL. */
int trace_filter_range(const char *text);
/* Lets every line through again. */
void trace_filter_clear(void);

bool trace_filter_takes(const struct trace_line *line);

#endif
