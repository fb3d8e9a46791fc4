/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of the trace before it is written: the event, the values of its arguments, and where and
 * when it happened. trace.c fills it, trace_filter.c judges it, and trace_format.c writes it. Strings
 * are borrowed from the call that is traced.
 */
#ifndef STCE_UTIL_TRACE_LINE_H
#define STCE_UTIL_TRACE_LINE_H

#include <stdarg.h>

#include "util/trace.h"

#define TRACE_ARGUMENTS 8
#define TRACE_LINE_SIZE 2048

enum trace_kind {
	TRACE_MARK,       /* a moment */
	TRACE_CALL,       /* of the program or its guest; it took a while in its thread */
	TRACE_DMA,        /* of a function, which the first argument names; it took a while */
	TRACE_FUNCTION,   /* a moment of a function, which the first argument names */
	TRACE_OPEN,       /* a window begins */
	TRACE_CLOSE,      /* a window ends */
};

/* The bus addresses of an event, by the positions of two arguments. */
enum trace_range { TRACE_NOWHERE, TRACE_ONE, TRACE_BYTES, TRACE_PAGES };

/* Whether an event failed, by the position of an argument. */
enum trace_result { TRACE_DONE, TRACE_FAILED, TRACE_ERRNO, TRACE_NONZERO };

struct trace_row {
	const char *name;
	const char *format;
	const char *arguments;      /* names, separated by commas */
	enum trace_kind kind;
	struct {
		enum trace_range kind;
		unsigned char at, size;
	} range;
	struct {
		enum trace_result kind;
		unsigned char at;
	} result;
};

extern const struct trace_row trace_rows[TRACE_COUNT];

struct trace_value {
	char conversion;            /* s, d, u or x */
	union {
		const char *text;
		int64_t number;     /* of d; of u and x as unsigned */
	};
};

struct trace_line {
	const struct trace_row *row;
	struct trace_scope scope;
	uint64_t time, since;       /* ns since the start; `since` is at most `time` */
	int process, thread;
	unsigned int count;
	struct trace_value value[TRACE_ARGUMENTS];
};

/* Reads the arguments of an event by its format, and sets count and value. */
void trace_line_read(struct trace_line *line, va_list arguments);
bool trace_line_has_failed(const struct trace_line *line);
/* Sets the first and last bus address of an event that has some. */
bool trace_line_range(const struct trace_line *line, uint64_t *first, uint64_t *last);

#endif
