/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of the program: it finds the command that its first argument names. "help" lists the
 * commands from the same table, or lets one print its own help. A command parses its own arguments.
 */
#include "cli.h"
#include "complete.h"
#include "nearest.h"

#include <stdio.h>
#include <string.h>

#include "topic.h"

static const struct command command_help;

static const struct command *const commands[] = {
	&command_run,
	&command_bench,
	&command_completion,
	&command_device,
	&command_dt,
	&command_eeh,
	&command_platform,
	&command_ps,
	&command_replay,
	&command_report,
	&command_show,
	&command_top,
	&command_why,
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

/* Returns NULL if there is no such command. */
static const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
		if (!strcmp(other_names[i].word, name))
			return other_names[i].command;
	return NULL;
}

static int unknown(const char *name)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; commands[i]; i++)
		nearest_consider(&nearest, commands[i]->name);
	complain("unknown command '%s'%s; try spapr-tce help", name, nearest_hint(&nearest));
	return EXIT_OURS;
}

static void overview(void)
{
	printf("usage: spapr-tce COMMAND [ARGUMENTS]\n\n"
	       "The POWER DMA stack (sPAPR TCE) in user space, for unmodified programs.\n\n"
	       "Commands:\n");
	for (size_t i = 0; commands[i]; i++)
		print_row(commands[i]->name, commands[i]->arguments, commands[i]->text);
	printf("\nspapr-tce help COMMAND describes one of them, and spapr-tce help topics lists the manual pages that\n"
	       "spapr-tce help TOPIC prints.\n");
}

static int help(int argc, char **argv)
{
	const struct command *command;
	int status;

	if (argc > 2) {
		complain("help takes one command or topic");
		return EXIT_OURS;
	}
	if (argc < 2) {
		overview();
		return 0;
	}
	command = command_find(argv[1]);
	if (!command)
		return topic_show(argv[1], &status) ? status : unknown(argv[1]);
	command->help();
	return 0;
}

static void complete_help(char **words, int count)
{
	if (count != 1)
		return;
	complete_commands();
	topic_complete();
}

static void help_help(void)
{
	printf("usage: spapr-tce help [COMMAND | TOPIC]\n\n"
	       "Lists the commands, describes one of them, or prints a manual page. A topic is the name of a page, with or\n"
	       "without \"spapr-tce-\", or a function of the library; spapr-tce help topics lists them.\n");
}

static const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND | TOPIC]",
	.text = "list the commands, describe one of them, or print a manual page",
	.run = help,
	.help = help_help,
	.complete = complete_help,
};

int main(int argc, char **argv)
{
	const struct command *command;

	completion_know(commands);
	if (argc < 2) {
		complain("there is no command; try spapr-tce help");
		return EXIT_OURS;
	}
	command = command_find(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : unknown(argv[1]);
}
