/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells on stderr what happens while a program runs.
 */
#ifndef STCE_CLI_NARRATE_H
#define STCE_CLI_NARRATE_H

#include <stdbool.h>
#include <stdint.h>

#include <spapr-tce/news.h>
#include <spapr-tce/stats.h>

struct narrator {
	bool is_terminal;
	bool has_progress_line;      /* on the terminal, to be rewritten */
	unsigned int said, unsaid;   /* items in this round */
	double last_progress;        /* seconds since the start */
	struct stce_stats last;      /* as the last progress line had them */
};

void narrator_init(struct narrator *narrator);
/* One item of news. */
void narrate(struct narrator *narrator, const struct stce_news *item);
/* At the end of each round, with the seconds since the start: a line of progress when one is due. */
void narrate_progress(struct narrator *narrator, const struct stce_stats *stats, double now);
/* The last word: leaves no half line on the terminal. */
void narrator_fini(struct narrator *narrator);

/* Why a device access failed, in words. */
const char *fault_text(unsigned int cause);

#endif
