/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the table of events, and reads from it what a line means. A format is the only description of
 * an event's arguments; the columns beside it name them and point to those that have a meaning here.
 */
#include "util/trace_line.h"

#include <string.h>

#define NOWHERE        { TRACE_NOWHERE, 0, 0 }
#define ONE(at)        { TRACE_ONE, at, at }
#define BYTES(at, size) { TRACE_BYTES, at, size }
#define PAGES(at, count) { TRACE_PAGES, at, count }
#define DONE           { TRACE_DONE, 0 }
#define FAILED         { TRACE_FAILED, 0 }
#define ERRNO(at)      { TRACE_ERRNO, at }
#define NONZERO(at)    { TRACE_NONZERO, at }

const struct trace_row trace_rows[TRACE_COUNT] = {
#define TRACE_EVENT(name, format, arguments, kind, range, result) \
	{ #name, format, arguments, TRACE_##kind, range, result },
#include "util/trace_events.h"
#undef TRACE_EVENT
};

/* The pages of a table that is not known are at least this large. */
#define LEAST_PAGE_SHIFT 12

/* Reads one argument. `format` stands behind the percent sign; returns what follows the conversion. */
static const char *read_value(struct trace_value *value, const char *format, va_list *arguments)
{
	bool is_long = *format == 'l';

	format += is_long;
	value->conversion = *format;
	if (*format == 's')
		value->text = va_arg(*arguments, const char *);
	else if (is_long)
		value->number = va_arg(*arguments, int64_t);
	else if (*format == 'd')
		value->number = va_arg(*arguments, int);
	else
		value->number = va_arg(*arguments, unsigned int);
	return format + 1;
}

void trace_line_read(struct trace_line *line, va_list arguments)
{
	const char *format = line->row->format;
	va_list copy;

	va_copy(copy, arguments);
	line->count = 0;
	while ((format = strchr(format, '%')) && line->count < TRACE_ARGUMENTS)
		format = read_value(&line->value[line->count++], format + 1, &copy);
	va_end(copy);
}

bool trace_line_has_failed(const struct trace_line *line)
{
	int64_t number = line->value[line->row->result.at].number;

	switch (line->row->result.kind) {
	case TRACE_FAILED:
		return true;
	case TRACE_ERRNO:
		return number < 0;
	case TRACE_NONZERO:
		return number;
	default:
		return false;
	}
}

static uint64_t size_of_range(const struct trace_line *line)
{
	uint64_t size = (uint64_t)line->value[line->row->range.size].number;
	unsigned int shift = line->scope.page_shift ? line->scope.page_shift : LEAST_PAGE_SHIFT;

	if (line->row->range.kind == TRACE_ONE)
		return 1;
	if (line->row->range.kind == TRACE_BYTES)
		return size;
	return size > UINT64_MAX >> shift ? UINT64_MAX : size << shift;
}

bool trace_line_range(const struct trace_line *line, uint64_t *first, uint64_t *last)
{
	uint64_t size;

	if (line->row->range.kind == TRACE_NOWHERE)
		return false;
	*first = (uint64_t)line->value[line->row->range.at].number;
	size = size_of_range(line);
	*last = *first + (size ? size - 1 : 0);
	if (*last < *first)
		*last = UINT64_MAX;
	return true;
}
