/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the page that page.c makes from a report: one page of XHTML with pictures in SVG, which
 * needs no network and no script.
 */
#ifndef STCE_CLI_PAGE_PARTS_H
#define STCE_CLI_PAGE_PARTS_H

#include <stdio.h>

struct json_object;

/* page_windows.c */
void page_windows(FILE *out, struct json_object *report);
/* page_charts.c */
void page_charts(FILE *out, struct json_object *report);
/* page_counts.c */
void page_counts(FILE *out, struct json_object *report);

#endif
