/* SPDX-License-Identifier: BSD-2-Clause */
/* What options spapr-tce run has: those of a machine, which the library knows, and this program's own. */
#ifndef STCE_CLI_OPTION_ROWS_H
#define STCE_CLI_OPTION_ROWS_H

#include <spapr-tce/machine.h>

/* Returns the row of option number n, or NULL past the end. */
const struct stce_option *option_row(unsigned int n);
/* Returns the row of an option by its name, or NULL. */
const struct stce_option *option_find(const char *name);

#endif
