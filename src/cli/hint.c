/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements hint.h. The sentences of the library's refusals say what kind of name a word was taken for. */
#include "hint.h"

#include <stdio.h>
#include <string.h>

#include <spapr-tce/machine.h>

#include "nearest.h"
#include "option_rows.h"

#define WORD_SIZE 64

const char *hint_type(const char *word)
{
	const struct stce_option *type;
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (unsigned int n = 0; (type = stce_device_type(n)); n++)
		nearest_consider(&nearest, type->name);
	return nearest_hint(&nearest);
}

const char *hint_option(const char *word)
{
	const struct stce_option *option;
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (unsigned int n = 0; (option = option_row(n)); n++)
		nearest_consider(&nearest, option->name);
	return nearest_hint(&nearest);
}

static const char *hint_event(const char *word)
{
	struct nearest nearest;
	const char *name;

	nearest_init(&nearest, word);
	for (unsigned int n = 0; (name = stce_trace_event(n)); n++)
		nearest_consider(&nearest, name);
	return nearest_hint(&nearest);
}

const char *hint_platform(const char *word)
{
	struct stce_platform platform;
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (unsigned int n = 0; !stce_platform(n, &platform, sizeof(platform)); n++)
		nearest_consider(&nearest, platform.name);
	return nearest_hint(&nearest);
}

/* A property is one of any type, because the type stands before the sentence. */
static const char *hint_property(const char *word)
{
	const struct stce_option *type, *property;
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (unsigned int t = 0; (type = stce_device_type(t)); t++)
		for (unsigned int n = 0; (property = stce_device_option(type->name, n)); n++)
			nearest_consider(&nearest, property->name);
	return nearest_hint(&nearest);
}

static const struct {
	const char *before;        /* the word */
	const char *(*hint)(const char *word);
} kinds[] = {
	{ "unknown option \"", hint_option },
	{ "device type \"", hint_type },
	{ "unknown property \"", hint_property },
	{ "platform \"", hint_platform },
	{ "no trace event matches \"", hint_event },
};

const char *hint_for(const char *why)
{
	char word[WORD_SIZE];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *at = strstr(why, kinds[i].before);

		if (!at)
			continue;
		at += strlen(kinds[i].before);
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, "\""), at);
		return kinds[i].hint(word);
	}
	return "";
}
