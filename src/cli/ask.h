/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the programs of a live run from the command line: finds the run, or complains in one line. The
 * commands say what is asked and what the answers mean.
 */
#ifndef STCE_CLI_ASK_H
#define STCE_CLI_ASK_H

#include <stdbool.h>

#include <spapr-tce/control.h>

/* Opens the run that a word of the command line names, or NULL the only one. Returns 0, or the exit status. */
int ask_open(const char *run, struct stce_control **control);
/*
 * Asks one program (pid) or all (0), and calls fn for each answer without a refusal. A program that refuses or
 * does not answer is named on stderr in one line. Returns 0, or the exit status if one did not answer so,
 * or if there is none.
 */
int ask_programs(struct stce_control *control, int pid, const char *request,
		 void (*fn)(void *context, const struct stce_answer *answer), void *context);

#endif
