/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of the program: it finds the command that its first argument names. A command parses
 * its own arguments.
 */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct command *const commands[] = {
	&command_run,
	&command_bench,
	&command_dt,
	&command_help,
	&command_version,
	NULL,
};

static const struct {
	const char *word;
	const struct command *command;
} other_names[] = {
	{ "--help", &command_help },
	{ "-h", &command_help },
	{ "--version", &command_version },
};

void complain(const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	fprintf(stderr, "spapr-tce: %s\n", line);
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
		if (!strcmp(other_names[i].word, name))
			return other_names[i].command;
	complain("unknown command '%s'; try spapr-tce help", name);
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		complain("there is no command; try spapr-tce help");
		return EXIT_OURS;
	}
	command = command_find(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : EXIT_OURS;
}
