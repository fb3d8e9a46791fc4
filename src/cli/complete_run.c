/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of `spapr-tce run` for a shell's completion: options, their values, devices and their properties, and
 * then the program.
 */
#include "complete.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <spapr-tce/machine.h>

#include "option_rows.h"

#define WORD_SIZE 512

/* What stands in the word before the value: "--trace=" if the shell does not cut there. */
static char lead[WORD_SIZE];

static void put(const char *before, size_t length, const char *word, const char *after)
{
	printf("%s%.*s%s%s\n", lead, (int)length, before, word, after);
}

/* Prints the choices of a value such as "off|on|node", after what stands before it; else leaves it to the shell. */
static void put_choices(const char *before, size_t length, const char *value)
{
	char word[WORD_SIZE];

	if (!strchr(value, '|')) {
		if (!lead[0] && strstr(value, "FILE"))
			complete_files();
		return;
	}
	while (*value) {
		size_t size = strcspn(value, "|");

		snprintf(word, sizeof(word), "%.*s", (int)size, value);
		put(before, length, word, "");
		value += size + (value[size] == '|');
	}
}

static void put_events(const char *word)
{
	const char *comma = strrchr(word, ',');
	size_t length = comma ? (size_t)(comma + 1 - word) : 0;
	const char *name;

	/* A name may be taken out of the list. */
	length += word[length] == '-' || word[length] == '!';
	for (unsigned int n = 0; (name = stce_trace_event(n)); n++)
		put(word, length, name, "");
}

static void put_properties(const char *word)
{
	const char *last = strrchr(word, ',') + 1, *equals = strchr(last, '=');
	const struct stce_option *property;
	char type[WORD_SIZE];

	snprintf(type, sizeof(type), "%.*s", (int)strcspn(word, ","), word);
	for (unsigned int n = 0; (property = stce_device_option(type, n)); n++) {
		size_t length = strlen(property->name);

		if (!equals)
			put(word, (size_t)(last - word), property->name, "=");
		else if (length == (size_t)(equals - last) && !strncmp(property->name, last, length) &&
			 strchr(property->value, '|'))
			put_choices(word, (size_t)(equals + 1 - word), property->value);
	}
}

void complete_devices(const char *word)
{
	const struct stce_option *type;

	if (strchr(word, ',')) {
		put_properties(word);
		return;
	}
	for (unsigned int n = 0; (type = stce_device_type(n)); n++) {
		put("", 0, type->name, "");
		put("", 0, type->name, ",");
	}
}

void complete_platforms(void)
{
	struct stce_platform platform;

	for (unsigned int n = 0; !stce_platform(n, &platform, sizeof(platform)); n++)
		put("", 0, platform.name, "");
}

static const struct stce_option *find_option(const char *word)
{
	const struct stce_option *row;

	for (unsigned int n = 0; !strncmp(word, "--", 2) && (row = option_row(n)); n++)
		if (strlen(row->name) == strcspn(word + 2, "=") && !strncmp(row->name, word + 2, strlen(row->name)))
			return row;
	return NULL;
}

/* Prints the values of an option that can stand in the place of this one. */
static void put_values(const struct stce_option *row, const char *value)
{
	if (!strcmp(row->name, "trace"))
		put_events(value);
	else if (!strcmp(row->name, "device"))
		complete_devices(value);
	else if (!strcmp(row->name, "platform"))
		complete_platforms();
	else
		put_choices("", 0, row->value);
}

/* Returns the index of the program among the words of run; count if there is none. */
static int program_at(char **words, int count)
{
	int i = 0;

	while (i < count && words[i][0] == '-') {
		const struct stce_option *row = find_option(words[i]);

		if (!strcmp(words[i], "--"))
			return i + 1;
		/* bash cuts a word at '='. */
		if (row && i + 1 < count && !strcmp(words[i + 1], "="))
			i += 3;
		else
			i += row && row->value[0] && !strchr(words[i], '=') ? 2 : 1;
	}
	return i;
}

static void put_options(void)
{
	const struct stce_option *row;

	for (unsigned int n = 0; (row = option_row(n)); n++)
		printf("--%s\n", row->name);
}

void complete_behind_options(char **words, int count, const char *otherwise)
{
	char *word = words[count - 1];
	int program = program_at(words, count - 1);
	bool is_cut = count > 1 && !strcmp(word, "=");
	const struct stce_option *row = NULL;

	if (is_cut || (count > 2 && !strcmp(words[count - 2], "="))) {
		row = find_option(words[count - (is_cut ? 2 : 3)]);
		word = is_cut ? word + 1 : word;
	} else if (program == count) {
		row = find_option(words[count - 2]);
	} else if (program == count - 1 && strchr(word, '=') && (row = find_option(word))) {
		snprintf(lead, sizeof(lead), "%.*s", (int)(strchr(word, '=') + 1 - word), word);
		word = strchr(word, '=') + 1;
	}
	if (row)
		put_values(row, word);
	else if (program < count - 1)
		complete_files();
	else if (word[0] == '-')
		put_options();
	else
		puts(otherwise);
}

void complete_run(char **words, int count)
{
	complete_behind_options(words, count, COMPLETE_PROGRAMS);
}
