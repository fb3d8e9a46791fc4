/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce help [COMMAND] lists the commands from their table, or lets a command print its own
 * help.
 */
#include "cli.h"

#include <stdio.h>

void print_row(const char *name, const char *value, const char *text)
{
	char left[80];

	snprintf(left, sizeof(left), "%s%s%s", name, value[0] ? " " : "", value);
	printf("  %-30s %s\n", left, text);
}

static void overview(void)
{
	printf("usage: spapr-tce COMMAND [ARGUMENTS]\n\n"
	       "The POWER DMA stack (sPAPR TCE) in user space, for unmodified programs.\n\n"
	       "Commands:\n");
	for (size_t i = 0; commands[i]; i++)
		print_row(commands[i]->name, commands[i]->arguments, commands[i]->text);
	printf("\nspapr-tce help COMMAND describes one of them.\n");
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2) {
		complain("help takes one command");
		return EXIT_OURS;
	}
	if (argc < 2) {
		overview();
		return 0;
	}
	command = command_find(argv[1]);
	if (!command)
		return EXIT_OURS;
	command->help();
	return 0;
}

static void help_help(void)
{
	printf("usage: spapr-tce help [COMMAND]\n\nLists the commands, or describes one of them.\n");
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.text = "list the commands, or describe one of them",
	.run = help,
	.help = help_help,
};
