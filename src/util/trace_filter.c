/* SPDX-License-Identifier: BSD-2-Clause */
/* Owns the filters of the trace: parses their texts and judges lines. */
#include "util/trace_filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_MAX 64

static struct {
	int group[GROUPS_MAX];
	unsigned int group_count;    /* 0: all */
	bool has_result, wants_failed;
	bool has_range;
	uint64_t first, last;
} filter;

/* Reads an unsigned number, sets *end behind it, and returns whether there was one. */
static bool read_number(const char *text, const char **end, uint64_t *number)
{
	char *stop;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &stop, 0);
	*end = stop;
	return !errno;
}

int trace_filter_groups(const char *text)
{
	int group[GROUPS_MAX];
	unsigned int count = 0;
	uint64_t number;

	do {
		if (count == GROUPS_MAX || !read_number(text, &text, &number) || number > INT32_MAX)
			return -EINVAL;
		group[count++] = (int)number;
	} while (*text++ == ',');
	if (text[-1])
		return -EINVAL;
	memcpy(filter.group, group, sizeof(group));
	filter.group_count = count;
	return 0;
}

int trace_filter_result(const char *text)
{
	bool failed = !strcmp(text, "error");

	if (!failed && strcmp(text, "ok"))
		return -EINVAL;
	filter.wants_failed = failed;
	filter.has_result = true;
	return 0;
}

int trace_filter_range(const char *text)
{
	uint64_t first, last;

	if (!read_number(text, &text, &first) || *text++ != '-' || !read_number(text, &text, &last) || *text ||
	    last < first)
		return -EINVAL;
	filter.first = first;
	filter.last = last;
	filter.has_range = true;
	return 0;
}

void trace_filter_clear(void)
{
	memset(&filter, 0, sizeof(filter));
}

static bool has_group(const struct trace_scope *scope)
{
	for (unsigned int i = 0; i < scope->group_count; i++)
		for (unsigned int j = 0; j < filter.group_count; j++)
			if (scope->group[i] == filter.group[j])
				return true;
	return false;
}

bool trace_filter_takes(const struct trace_line *line)
{
	uint64_t first, last;

	if (filter.group_count && !has_group(&line->scope))
		return false;
	if (filter.has_result && trace_line_has_failed(line) != filter.wants_failed)
		return false;
	return !filter.has_range ||
	       (trace_line_range(line, &first, &last) && first <= filter.last && last >= filter.first);
}
