/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of commands that take a picture of a live run, or one after the other (live.h). */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "complete.h"

#define INTERVAL_DEFAULT 1.0
#define INTERVAL_MAX     86400.0

/* Reads a positive number up to a limit. */
static int parse_number(const char *option, const char *word, double limit, double *number)
{
	char *end;

	*number = word ? strtod(word, &end) : 0;
	if (word && end != word && !*end && *number > 0 && *number <= limit)
		return 0;
	complain("%s needs a number above 0 and up to %.0f", option, limit);
	return EXIT_OURS;
}

/* Those of a command that does not repeat come first. */
static const struct {
	const char *name, *value, *text;
	int repeats;
} rows[] = {
	{ "--json", "", "print one JSON object with all of it; if there are several pictures, each in a line", 0 },
	{ "--interval", "SECONDS", "time between two pictures (1)", 1 },
	{ "--count", "N", "end after so many pictures", 1 },
};

void live_help(int repeats)
{
	printf("\nOptions:\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && rows[i].repeats <= repeats; i++)
		print_row(rows[i].name, rows[i].value, rows[i].text);
}

/* Returns whether the word is an option with a value. */
static int has_value(const char *word)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].name, word))
			return rows[i].value[0];
	return 0;
}

void live_complete(char **words, int count, int repeats)
{
	int at = 0;

	while (at < count - 1 && words[at][0] == '-')
		at += has_value(words[at]) ? 2 : 1;
	/* Otherwise the word is an option's value, or stands behind the run. */
	if (at != count - 1)
		return;
	for (size_t i = 0; words[at][0] == '-' && i < sizeof(rows) / sizeof(rows[0]) && rows[i].repeats <= repeats; i++)
		puts(rows[i].name);
	if (words[at][0] != '-')
		complete_runs();
}

int live_parse(struct live_options *options, int argc, char **argv, int repeats)
{
	double number;
	int i, status;

	*options = (struct live_options){ .interval = INTERVAL_DEFAULT };
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--json")) {
			options->is_json = 1;
		} else if (repeats && !strcmp(argv[i], "--interval")) {
			status = parse_number(argv[i], argv[i + 1], INTERVAL_MAX, &options->interval);
			if (status)
				return status;
			i++;
		} else if (repeats && !strcmp(argv[i], "--count")) {
			status = parse_number(argv[i], argv[i + 1], 1e9, &number);
			if (status)
				return status;
			options->count = (unsigned int)number;
			i++;
		} else {
			complain("unknown option '%s'; try spapr-tce help %s", argv[i], argv[0]);
			return EXIT_OURS;
		}
	}
	if (argc - i > 1) {
		complain("%s takes one run", argv[0]);
		return EXIT_OURS;
	}
	options->run = argv[i];
	return 0;
}
