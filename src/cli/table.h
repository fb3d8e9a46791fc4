/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The closing table: what the run did, in a few rows.
 */
#ifndef STCE_CLI_TABLE_H
#define STCE_CLI_TABLE_H

#include <stdio.h>

#include <spapr-tce/stats.h>

/* Parts that are zero are left out, and so are rows of nothing but zeros. */
void table_print(FILE *out, const struct stce_stats *stats);

#endif
