/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A picture of a live run: its counters, and what each of its programs says of itself (`show`). The
 * program's text is parsed here, and only what has the expected form is kept.
 */
#ifndef STCE_CLI_LIVE_H
#define STCE_CLI_LIVE_H

#include <spapr-tce/control.h>

struct json_object;

struct live {
	struct stce_stats stats;         /* of all programs */
	double taken;                    /* monotonic seconds */
	struct json_object *programs;    /* an array of what they said */
	struct json_object *silent;      /* an array of { pid, why } of those that did not */
};

/* Takes a picture. A program that does not answer is part of it. */
void live_take(struct stce_control *control, struct live *live);
void live_free(struct live *live);
/* Returns the picture as one object, which the caller puts. */
struct json_object *live_json(const struct stce_control *control, const struct live *live);

/*
 * A number or text of an object; 0 or "" if it has none. A text has no control characters, and lasts until
 * the eighth call from then on.
 */
uint64_t live_number(struct json_object *object, const char *name);
const char *live_text(struct json_object *object, const char *name);
/* An array of an object, or NULL, whose length is 0. */
struct json_object *live_array(struct json_object *object, const char *name);
size_t live_length(struct json_object *array);

/* The occupancy of a window as a bar of LIVE_BAR characters. */
#define LIVE_BAR 32
void live_bar(struct json_object *window, char bar[LIVE_BAR + 1]);
/* "v1", "v2", or "no IOMMU". */
const char *live_iommu(struct json_object *group);

/* What the commands have in common: [--json] [--interval SECONDS] [--count N] [RUN]. */
struct live_options {
	const char *run;                 /* NULL: the only one */
	int is_json;
	double interval;                 /* seconds */
	unsigned int count;              /* pictures; 0: without an end */
};

/* Parses the words of a command; one that does not repeat knows --json and RUN alone. Returns 0, or the exit status. */
int live_parse(struct live_options *options, int argc, char **argv, int repeats);
/* Prints the options for `help`, and the words for a shell's completion (complete.h). */
void live_help(int repeats);
void live_complete(char **words, int count, int repeats);

#endif
