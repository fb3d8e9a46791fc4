/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a change of a live run. The caller has locked sysfs, or has found that nobody else changes the run. */
#ifndef STCE_MACHINE_RUN_CHANGE_H
#define STCE_MACHINE_RUN_CHANGE_H

#include "machine/machine.h"

/* Writes a line to the run's file of options and raises the count by which its programs learn of it. -errno. */
int machine_publish(struct stce_machine *machine, const char *option, const char *value);
/*
 * Some bridges divide their 32-bit space by the number of groups when the machine starts. -EOPNOTSUPP: there `now`
 * groups in place of `before` would move the windows of those.
 */
int machine_check_groups(const struct stce_config *config, unsigned int before, unsigned int now, char *why);
/* Removes a hidden function for good, and its memory, which the next one must not find. */
void machine_forget(const struct stce_machine *machine, const char *address, int group);
/* Shows the function in the mirror, and gives its files their owners and modes. -errno. */
int machine_show(struct stce_machine *machine, const struct machine_function *fn, char *why);

#endif
