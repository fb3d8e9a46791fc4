/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows a machine's functions in the mirror of a run. */
#ifndef STCE_MACHINE_RUN_MIRROR_H
#define STCE_MACHINE_RUN_MIRROR_H

#include "machine/machine.h"

/* Adds a function of the machine to the mirror in the directory. -errno. */
int run_mirror_add(const char *directory, const struct stce_machine *machine, const struct machine_function *function);

#endif
