/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal of spapr-tce top (top.h), by ncurses. Lines that do not fit are cut. */
#include "top.h"

#ifdef STCE_HAS_NCURSES
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static SCREEN *screen;

bool top_screen_begin(void)
{
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return false;
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return false;
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	return true;
}

void top_screen_end(void)
{
	endwin();
	delscreen(screen);
}

void top_screen_draw(const struct top_page *page, bool is_paused, enum top_order order)
{
	int rows, columns;

	getmaxyx(stdscr, rows, columns);
	erase();
	for (int i = 0; i < (int)page->count && i < rows - 1; i++)
		mvaddnstr(i, 0, page->line[i], columns);
	attron(A_REVERSE);
	mvprintw(rows - 1, 0, "q quit  s sort (%s)  p %s", top_order_name(order), is_paused ? "go on (paused)" : "pause");
	attroff(A_REVERSE);
	refresh();
}

enum top_key top_screen_wait(double seconds)
{
	timeout((int)(seconds * 1000));
	switch (getch()) {
	case 'q':
	case 'Q': return TOP_QUIT;
	case 's': return TOP_SORT;
	case 'p':
	case ' ': return TOP_PAUSE;
	default: return TOP_NOTHING;
	}
}
#else
bool top_screen_begin(void)
{
	return false;
}

void top_screen_end(void)
{
}

void top_screen_draw(const struct top_page *page, bool is_paused, enum top_order order)
{
}

enum top_key top_screen_wait(double seconds)
{
	return TOP_QUIT;
}
#endif
