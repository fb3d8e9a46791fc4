/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the commands of the program share: their table, exit statuses of our
 * own (as env(1) has them), and one way to say what is wrong.
 */
#ifndef STCE_CLI_CLI_H
#define STCE_CLI_CLI_H

#include <stddef.h>
#include <stdint.h>

enum {
	EXIT_OURS = 125,           /* an error of spapr-tce itself; nothing was started */
	EXIT_CANNOT_INVOKE = 126,
	EXIT_NOT_FOUND = 127,
};

struct command {
	const char *name;
	const char *arguments;
	const char *text;
	int (*run)(int argc, char **argv);   /* argv[0] is the command's name */
	void (*help)(void);
};

extern const struct command command_run, command_bench, command_dt, command_help, command_version;

/* Ends with NULL. */
extern const struct command *const commands[];
/* NULL: unknown, and said so. */
const struct command *command_find(const char *name);

/* One line on stderr, with the program's name before it. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One row of a list of options, types or properties on stdout. */
void print_row(const char *name, const char *value, const char *text);

/* human.c: "512M", "1.5G"; exact sizes have no fraction. Room for HUMAN_SIZE bytes. */
#define HUMAN_SIZE 32
const char *human_size(uint64_t bytes, char *buffer);

#endif
