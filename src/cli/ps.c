/* SPDX-License-Identifier: BSD-2-Clause */
/* spapr-tce ps lists the runs of this user that live, one in a line, and those of other users by their owner. */
#include "cli.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <spapr-tce/control.h>

#define COMMAND_SIZE 256

/* Reads the command line of a process; "" if it is gone. */
static void read_command(int pid, char command[COMMAND_SIZE])
{
	char path[64];
	size_t length = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	file = pid ? fopen(path, "re") : NULL;
	if (file) {
		length = fread(command, 1, COMMAND_SIZE - 1, file);
		fclose(file);
	}
	while (length && !command[length - 1])
		length--;
	command[length] = 0;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)command[i] < ' ' || command[i] == 127)
			command[i] = ' ';
}

static int count_program(void *context, const struct stce_answer *answer)
{
	unsigned int *programs = context;

	(*programs)++;
	return 0;
}

static void print_live(const struct stce_run_entry *entry)
{
	char command[COMMAND_SIZE], size[HUMAN_SIZE], began[32] = "?";
	struct stce_control *control;
	struct stce_stats stats;
	unsigned int programs = 0;
	time_t started = (time_t)entry->started;
	struct tm tm;

	if (stce_control_open(entry->directory, &control, NULL))
		return;
	stce_control_stats(control, &stats, sizeof(stats));
	/* `help` is the cheapest request. */
	stce_control_ask(control, 0, "help", count_program, &programs, NULL);
	stce_control_free(control);
	read_command(entry->pid, command);
	if (started && localtime_r(&started, &tm))
		strftime(began, sizeof(began), "%H:%M:%S", &tm);
	printf("%-6s %8d %-8s %8u %10" PRIu64 " %10s  %s\n", entry->name, entry->pid, began, programs,
	       stats.pages_mapped, human_size(stats.table_bytes, size), command);
}

static int print_run(void *context, const struct stce_run_entry *entry)
{
	unsigned int *count = context;

	if (!(*count)++)
		printf("%-6s %8s %-8s %8s %10s %10s  %s\n", "RUN", "PID", "STARTED", "PROGRAMS", "PAGES", "TABLES",
		       "COMMAND");
	if (entry->state == STCE_RUN_LIVE)
		print_live(entry);
	else if (entry->state == STCE_RUN_DEAD)
		printf("%-6s %8d was killed; your next run removes what is left of it\n", entry->name, entry->pid);
	else
		printf("%-6s belongs to another user (uid %" PRIu32 ")\n", entry->name, entry->uid);
	return 0;
}

static int ps(int argc, char **argv)
{
	unsigned int count = 0;

	if (argc > 1) {
		complain("ps takes no arguments");
		return EXIT_OURS;
	}
	stce_runs(print_run, &count);
	return 0;
}

static void ps_help(void)
{
	printf("usage: spapr-tce ps\n\n"
	       "Lists the runs that are live, one in a line: name, process ID of spapr-tce run, when it began,\n"
	       "programs that have opened a device file, pages mapped, bytes of TCE tables, and the command.\n");
}

const struct command command_ps = {
	.name = "ps",
	.arguments = "",
	.text = "list the runs that are live",
	.run = ps,
	.help = ps_help,
};
