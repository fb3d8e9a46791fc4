/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's own rows follow the library's. */
#include "option_rows.h"

#include <string.h>

static const struct stce_option own[] = {
	{ "config", "FILE", "read more options from a file, one 'option value' per line" },
	{ "report", "FILE.json", "write all counters and windows to a file at the end" },
	{ "quiet", "", "print neither news nor the closing table on stderr" },
	{ "help", "", "show this" },
};

const struct stce_option *option_row(unsigned int n)
{
	const struct stce_option *option;
	unsigned int count = 0;

	for (; (option = stce_config_option(count)); count++)
		if (count == n)
			return option;
	n -= count;
	return n < sizeof(own) / sizeof(own[0]) ? &own[n] : NULL;
}

const struct stce_option *option_find(const char *name)
{
	const struct stce_option *option;

	for (unsigned int n = 0; (option = option_row(n)); n++)
		if (!strcmp(option->name, name))
			return option;
	return NULL;
}
