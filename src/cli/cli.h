/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts that all commands of the program share: the shape of a command, the exit statuses,
 * which are those of env(1), and the ways to print errors, rows of help and sizes. main.c has the
 * table of commands.
 */
#ifndef STCE_CLI_CLI_H
#define STCE_CLI_CLI_H

#include <stddef.h>
#include <stdint.h>

enum {
	EXIT_OURS = 125,           /* spapr-tce itself failed, and no program was started */
	EXIT_CANNOT_INVOKE = 126,
	EXIT_NOT_FOUND = 127,
};

struct command {
	const char *name;
	const char *arguments;
	const char *text;
	int (*run)(int argc, char **argv);   /* argv[0] is the command's name */
	void (*help)(void);
	/* Prints what can stand for the last of the words behind the name (complete.h); NULL: nothing can. */
	void (*complete)(char **words, int count);
};

extern const struct command command_run, command_bench, command_completion, command_device, command_dt, command_eeh,
	command_platform, command_ps, command_replay, command_report, command_show, command_top, command_version,
	command_why;

/* Tells completion.c the commands, of which it is one itself. The list ends with NULL. */
void completion_know(const struct command *const *commands);

/* Prints one line on stderr, after "spapr-tce: ". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints one row of a list of commands, options, types or properties on stdout. */
void print_row(const char *name, const char *value, const char *text);

/*
 * Writes "512M" or "1.5G" to a buffer of HUMAN_SIZE bytes, and returns it; exact sizes have no
 * fraction.
 */
#define HUMAN_SIZE 32
const char *human_size(uint64_t bytes, char *buffer);

#endif
