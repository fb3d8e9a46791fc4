/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports on stderr what happens while a program runs. */
#ifndef STCE_CLI_NARRATE_H
#define STCE_CLI_NARRATE_H

#include <stdint.h>

#include <spapr-tce/eeh.h>
#include <spapr-tce/news.h>
#include <spapr-tce/stats.h>

struct narrator {
	unsigned int said;           /* items of this round, printed or not */
	double last_progress;        /* when the last line of progress was printed, in seconds since the start */
	double interval;             /* least seconds between two lines of progress */
	struct stce_stats last;      /* counters at the last line of progress */
};

void narrator_init(struct narrator *narrator);
/* Prints one item of news. */
void narrate(struct narrator *narrator, const struct stce_news *item);
/*
 * Ends a round, and prints a line of progress if one is due. `now` is in seconds since the start.
 */
void narrate_progress(struct narrator *narrator, const struct stce_stats *stats, double now);

#endif
