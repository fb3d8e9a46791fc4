/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps the newest reason of each thread, as a text or as a format with its numbers. A signal
 * handler may give a reason while another is being given: then the numbers may be those of the
 * other, but the text stays a valid string.
 */
#include "util/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/trace.h"

static __thread struct {
	const char *format;               /* NULL if text is up to date */
	unsigned long long number[3];
	unsigned int count;
	char text[REASON_SIZE];
} last;

int reason_set(int error, const char *function, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last.text, sizeof(last.text), format, args);
	va_end(args);
	last.format = NULL;
	last.count++;
	TRACE(reason, function, error, last.text);
	return error;
}

int reason_note(int error, const char *function, const char *format, unsigned long long a,
		unsigned long long b, unsigned long long c)
{
	last.number[0] = a;
	last.number[1] = b;
	last.number[2] = c;
	last.format = format;
	last.count++;
	TRACE_PROBE(reason, function, error, format);
	if (unlikely(trace_is_on[TRACE_reason]))
		trace_print((struct trace_scope){ .group_count = 0 }, TRACE_reason, function, error, reason_last());
	return error;
}

const char *reason_last(void)
{
	const char *format = last.format;

	if (format) {
		snprintf(last.text, sizeof(last.text), format, last.number[0], last.number[1], last.number[2]);
		last.format = NULL;
	}
	return last.text;
}

unsigned int reason_count(void)
{
	return last.count;
}

long reason_end(unsigned int count, const char *function, long result)
{
	const char *text = result < 0 && count == last.count ? strerrordesc_np((int)-result) : NULL;

	return text ? reason_note((int)result, function, text, 0, 0, 0) : result;
}
