/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns the program and arguments of the command line into a running child. */
#ifndef STCE_CLI_LAUNCH_H
#define STCE_CLI_LAUNCH_H

#include <signal.h>
#include <sys/types.h>

#include <spapr-tce/program.h>
#include <spapr-tce/run.h>

#include "cli.h"
#include "companion.h"

struct launch {
	char **program;
	char path[STCE_PROGRAM_PATH_SIZE];  /* path of the program's file */
	char preload[COMPANION_PATH_SIZE];  /* path of the preload library */
};

/* Finds both files and judges the program. It returns 0, or the exit status after complaining. */
int launch_prepare(struct launch *launch, char **program);

/*
 * Starts the program below the run with the given signal mask. It returns the process id, or 0 with
 * the exit status in *status after complaining.
 */
pid_t launch_start(const struct launch *launch, const struct stce_run *run, const sigset_t *mask, int *status);

#endif
