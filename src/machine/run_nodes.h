/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The access rights of a run's files. Its device nodes have an owner and a mode as on Linux, and
 * the files behind a group have the same, so that the kernel decides who may open a group. All
 * other files are open to every program below the run.
 */
#ifndef STCE_MACHINE_RUN_NODES_H
#define STCE_MACHINE_RUN_NODES_H

#include "machine/config.h"

/*
 * Sets owners and modes in a new directory, and makes the files that a program could not make after
 * it has given up its privileges. is_open says that programs of other users may join. Returns 0, or
 * -errno with the reason.
 */
int run_nodes_make(const struct stce_config *config, int directory, bool is_open, char *why);
/* Does that for the config's n-th function alone, which has come later. */
int run_nodes_add(const struct stce_config *config, unsigned int n, int directory, bool is_open, char *why);

#endif
