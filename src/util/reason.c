/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the newest reason of each thread. */
#include "util/reason.h"

#include <stdarg.h>
#include <stdio.h>

#include "util/trace.h"

static __thread char last[REASON_SIZE];

int reason_set(int error, const char *function, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last, sizeof(last), format, args);
	va_end(args);
	TRACE(reason, function, error, last);
	return error;
}

const char *reason_last(void)
{
	return last;
}
