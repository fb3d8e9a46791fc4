/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements what several commands need of complete.h. */
#include "complete.h"

#include <stdio.h>

#include <spapr-tce/control.h>

void complete_files(void)
{
	puts(COMPLETE_FILES);
}

static int put_run(void *context, const struct stce_run_entry *entry)
{
	if (entry->state == STCE_RUN_LIVE)
		puts(entry->name);
	return 0;
}

void complete_runs(void)
{
	stce_runs(put_run, NULL);
}

void complete_one_run(char **words, int count)
{
	if (count == 1)
		complete_runs();
}

void complete_one_file(char **words, int count)
{
	if (count == 1)
		complete_files();
}
