/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the runs that live, from outside. A directory is looked at through descriptors and never
 * followed through a link; of another user's, nothing but its owner is read.
 */
#ifndef STCE_MACHINE_RUN_FIND_H
#define STCE_MACHINE_RUN_FIND_H

#include "file/space.h"
#include "spapr-tce/control.h"

struct run_found {
	struct stce_run_entry entry;       /* its texts are below */
	char name[32];
	char directory[FILE_PATH_SIZE + 64];
};

/* Looks at one directory. -ENOENT: it is not a run's. */
int run_look(const char *directory, struct run_found *found);
/* Finds the run that stce_control_open() is to open. */
int run_find(const char *run, struct run_found *found, char *why);

#endif
