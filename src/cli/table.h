/* SPDX-License-Identifier: BSD-2-Clause */
/* The closing table, which sums up a run in a few rows. */
#ifndef STCE_CLI_TABLE_H
#define STCE_CLI_TABLE_H

#include <stdio.h>

#include <spapr-tce/run.h>
#include <spapr-tce/stats.h>

/* Prints the rows, without counters that are zero and without rows of zeros only. */
void table_print(FILE *out, const struct stce_stats *stats);
/* Prints the row of one port, in the same way. */
void table_print_port(FILE *out, const struct stce_port *port);

#endif
