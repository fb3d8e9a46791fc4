/* SPDX-License-Identifier: BSD-2-Clause */
/* The report of a run, as JSON for other programs to read. */
#ifndef STCE_CLI_REPORT_H
#define STCE_CLI_REPORT_H

#include <stdbool.h>

#include <spapr-tce/news.h>
#include <spapr-tce/run.h>
#include <spapr-tce/stats.h>

struct json_object;
struct occupancy;
struct series;

struct report {
	const char *path;
	bool is_stream;               /* the path is no plain file, and is written once */
	double next_write;            /* when the report is to be written next, in seconds since the start */
	struct series *series;        /* NULL if there is no report */
	struct occupancy *occupancy;  /* NULL until a window is made */
	struct json_object *windows;  /* the first windows of the run, in order of creation */
	struct json_object *faults;   /* the first faults that came as news */
	struct json_object *told;     /* the lines that programs have told */
	struct json_object *explained;   /* how programs explain the first faults */
	struct json_object *ports;    /* what network ports have carried */
};

/* The facts of the run as a whole. */
struct report_end {
	char **program;
	int status;                   /* exit status as a shell gives it */
	int signal;                   /* 0 if the program exited by itself */
	bool is_complete;             /* the program has ended, so that status and signal are known */
	double seconds;
	unsigned int programs;        /* programs that attached */
	unsigned int lost;            /* items of news that were lost */
};

/* Finds out whether the file can be written, before the run. Returns 0 or -errno. */
int report_init(struct report *report, const char *path);
void report_news(struct report *report, const struct stce_news *item, double now);
void report_told(struct report *report, const char *line);
void report_explained(struct report *report, const char *text);
/* Called at the end, once for each port. */
void report_port(struct report *report, const struct stce_port *port);
/* Asks the programs of the run with this directory what is mapped in their windows, and takes in what they have said. */
void report_ask(struct report *report, const char *directory, const struct stce_stats *stats, double now);
/* Takes a sample if one is due, and writes what there is so far from time to time. */
void report_sample(struct report *report, const struct stce_stats *stats, const struct report_end *end);
/* Writes the file at the end, after which nobody is asked. Returns 0 or -errno. */
int report_write(struct report *report, const struct stce_stats *stats, const struct report_end *end);
void report_fini(struct report *report);

#endif
