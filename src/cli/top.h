/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of spapr-tce top: the lines that a pair of pictures gives, and the terminal that shows them.
 * top.c takes the pictures.
 */
#ifndef STCE_CLI_TOP_H
#define STCE_CLI_TOP_H

#include <stdbool.h>

#include "live.h"

#define TOP_LINES   256
#define TOP_COLUMNS 256

enum top_order { TOP_BY_CALLS, TOP_BY_DMA, TOP_BY_PAGES, TOP_BY_PID, TOP_ORDERS };

struct top_page {
	unsigned int count;
	char line[TOP_LINES][TOP_COLUMNS];
};

/* top_lines.c: fills the page by two pictures of the run; both may be the same, and rates are 0 then. */
void top_fill(struct top_page *page, const struct stce_control *control, const struct live *before,
	      const struct live *now, enum top_order order);
const char *top_order_name(enum top_order order);

/* What the user wants, after a wait. */
enum top_key { TOP_NOTHING, TOP_QUIT, TOP_SORT, TOP_PAUSE };

/*
 * top_screen.c: the terminal. Without ncurses, or if the terminal is not known, begin returns false and the lines are
 * printed one after the other.
 */
bool top_screen_begin(void);
void top_screen_end(void);
void top_screen_draw(const struct top_page *page, bool is_paused, enum top_order order);
/* Waits at most so long for a key. */
enum top_key top_screen_wait(double seconds);

#endif
