/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of spapr-tce run. Four of them belong to this program; all others go unchanged to the
 * configuration of the machine, which checks them.
 */
#ifndef STCE_CLI_OPTIONS_H
#define STCE_CLI_OPTIONS_H

#include <stdbool.h>

#include <spapr-tce/machine.h>

struct options {
	struct stce_config *config;   /* owned by the caller of options_parse() */
	const char *report;           /* path of the report, or NULL */
	bool is_quiet;
	bool is_answered;             /* help has been printed, so nothing is to be run */
	char **program;               /* with its arguments, NULL-terminated */
};

/* Returns 0, or the exit status after complaining. */
int options_parse(struct options *options, int argc, char **argv);
void options_help(void);

#endif
