/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells on stderr what happens while a program runs.
 */
#ifndef STCE_CLI_NARRATE_H
#define STCE_CLI_NARRATE_H

#include <stdint.h>

#include <spapr-tce/news.h>
#include <spapr-tce/stats.h>

struct narrator {
	unsigned int said;           /* items in this round */
	double last_progress;        /* seconds since the start */
	double interval;             /* until the next line of progress */
	struct stce_stats last;      /* as the last progress line had them */
};

void narrator_init(struct narrator *narrator);
/* One item of news. */
void narrate(struct narrator *narrator, const struct stce_news *item);
/* At the end of each round, with the seconds since the start: a line of progress when one is due. */
void narrate_progress(struct narrator *narrator, const struct stce_stats *stats, double now);
/* Why a device access failed, in words. */
const char *fault_text(unsigned int cause);

#endif
