/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may open what of a run: its device nodes have an owner and a mode, as on
 * Linux, and the kernel judges by them, because the files behind a group have
 * the same. The rest of the run's files are for all programs below it.
 */
#ifndef STCE_MACHINE_RUN_NODES_H
#define STCE_MACHINE_RUN_NODES_H

#include "machine/config.h"

/*
 * Gives the files of a fresh directory their owners and modes, and makes those
 * which a program that has given up its privileges could not make. is_open:
 * programs of other users may come. -errno with the reason.
 */
int run_nodes_make(const struct stce_config *config, int directory, bool is_open, char *why);

#endif
