/* SPDX-License-Identifier: BSD-2-Clause */
/* The report of a run, as JSON for other programs to read. */
#ifndef STCE_CLI_REPORT_H
#define STCE_CLI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <spapr-tce/news.h>
#include <spapr-tce/stats.h>

struct json_object;

struct report {
	FILE *file;                   /* NULL if there is no report */
	const char *path;
	struct json_object *windows;  /* the first windows of the run, in order of creation */
	struct json_object *faults;   /* the first faults that came as news */
	struct json_object *told;     /* the lines that programs have told */
};

/* The facts that are known only at the end. */
struct report_end {
	char **program;
	int status;                   /* exit status as a shell gives it */
	int signal;                   /* 0 if the program exited by itself */
	double seconds;
	unsigned int programs;        /* programs that attached */
	unsigned int lost;            /* items of news that were lost */
};

/* Opens the file before the run, so that a wrong path is reported early. Returns 0 or -errno. */
int report_init(struct report *report, const char *path);
void report_news(struct report *report, const struct stce_news *item, double now);
void report_told(struct report *report, const char *line);
/* Writes and closes the file. Returns 0 or -errno. */
int report_write(struct report *report, const struct stce_stats *stats, const struct report_end *end);
void report_fini(struct report *report);

#endif
