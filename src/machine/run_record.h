/* SPDX-License-Identifier: BSD-2-Clause */
/* A run's recording, on the side of the process that makes the run: its header, and its end. */
#ifndef STCE_MACHINE_RUN_RECORD_H
#define STCE_MACHINE_RUN_RECORD_H

#include "machine/config.h"

/* Returns whether the configuration asks for a recording. */
bool run_record_is_wanted(const struct stce_config *config);
/* Makes the file anew, with the options from which a replay makes the machine. -errno, with why. */
int run_record_create(const struct stce_config *config, char *why);
/* Keeps programs that live on from recording, and writes the end, unless a program could not write. */
void run_record_finish(int state);

#endif
