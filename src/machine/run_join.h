/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the machine of a process that belongs to a run. */
#ifndef STCE_MACHINE_RUN_JOIN_H
#define STCE_MACHINE_RUN_JOIN_H

#include "machine/machine.h"

/*
 * As stce_run_attach(). is_program: the process is counted as a program of the run. One that only
 * changes the run, from outside, is not.
 */
int run_attach(const char *directory, bool is_program, struct stce_machine **machine, char *why);

#endif
