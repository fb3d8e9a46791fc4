/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the lines that have one form in all commands: complaints on stderr, and rows of help. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	fprintf(stderr, "spapr-tce: %s\n", line);
}

void print_row(const char *name, const char *value, const char *text)
{
	char left[80];

	snprintf(left, sizeof(left), "%s%s%s", name, value[0] ? " " : "", value);
	printf("  %-30s %s\n", left, text);
}
