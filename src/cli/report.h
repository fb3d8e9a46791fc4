/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of a run for other programs, as JSON.
 */
#ifndef STCE_CLI_REPORT_H
#define STCE_CLI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <spapr-tce/news.h>
#include <spapr-tce/stats.h>

struct json_object;

struct report {
	FILE *file;                   /* NULL: nobody wants one */
	const char *path;
	struct json_object *windows;  /* over time */
	struct json_object *faults;   /* those that were news */
	struct json_object *told;     /* lines that programs have said */
};

/* What only the end can tell. */
struct report_end {
	char **program;
	int status;                   /* exit status as a shell has it */
	int signal;                   /* 0: ended by itself */
	double seconds;
	unsigned int programs;        /* that attached */
	unsigned int lost;            /* items of news */
};

/* Opens the file, so that what cannot be written is found before the run. Return: 0 or -errno. */
int report_init(struct report *report, const char *path);
void report_news(struct report *report, const struct stce_news *item, double now);
void report_told(struct report *report, const char *line);
/* Writes and closes. Return: 0 or -errno. */
int report_write(struct report *report, const struct stce_stats *stats, const struct report_end *end);
void report_fini(struct report *report);

#endif
