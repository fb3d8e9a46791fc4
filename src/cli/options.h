/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of spapr-tce run. What the machine knows of is passed on to its
 * configuration word for word; four options are the program's own.
 */
#ifndef STCE_CLI_OPTIONS_H
#define STCE_CLI_OPTIONS_H

#include <stdbool.h>

#include <spapr-tce/machine.h>

struct options {
	struct stce_config *config;   /* owned by the caller of options_parse() */
	const char *report;           /* NULL: none */
	bool is_quiet;
	bool is_answered;             /* help was asked for and given: nothing to run */
	char **program;               /* with its arguments, NULL-terminated */
};

/* Return: 0, or the exit status after complaining. */
int options_parse(struct options *options, int argc, char **argv);
void options_help(void);

#endif
