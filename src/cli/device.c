/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce device plugs functions into a live run and out of it. <spapr-tce/run.h> does both.
 */
#include "ask.h"
#include "cli.h"
#include "complete.h"
#include "hint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <spapr-tce/run.h>

#define EXIT_REFUSED 1

static void say_wait(void *context, const struct stce_news *item)
{
	const char *address = context;
	char path[64], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", item->start);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = 0;
	if (file)
		fclose(file);
	printf("%s: waiting for process %" PRIu64 "%s%s%s, which has it open and %s\n", address, item->start,
	       name[0] ? " (" : "", name, name[0] ? ")" : "",
	       item->levels ? "was asked by an interrupt" : "cannot be asked: it has no request interrupt");
	fflush(stdout);
}

static int add(const char *directory, const char *function)
{
	char why[STCE_WHY_SIZE] = "";

	if (!stce_run_plug(directory, function, why))
		return 0;
	complain("%s%s", why, hint_for(why));
	return EXIT_REFUSED;
}

static int del(const char *directory, const char *address)
{
	char why[STCE_WHY_SIZE] = "";

	if (!stce_run_unplug(directory, address, say_wait, (void *)address, why))
		return 0;
	complain("%s", why);
	return EXIT_REFUSED;
}

static const struct {
	const char *name;
	int (*act)(const char *directory, const char *what);
} actions[] = {
	{ "add", add },
	{ "del", del },
};

static int act_on(int (*act)(const char *directory, const char *what), const char *run, const char *what)
{
	struct stce_control *control;
	int status = ask_open(run, &control);

	if (status)
		return status;
	status = act(stce_control_run(control)->directory, what);
	stce_control_free(control);
	return status;
}

/* The run may be left out. */
static int device(int argc, char **argv)
{
	for (size_t i = 0; (argc == 3 || argc == 4) && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(argv[1], actions[i].name))
			return act_on(actions[i].act, argc == 4 ? argv[2] : NULL, argv[argc - 1]);
	complain("device takes add or del, a run, and a function; try spapr-tce help device");
	return EXIT_OURS;
}

/* The addresses of a run's functions are left to the user. */
static void complete_device(char **words, int count)
{
	for (size_t i = 0; count == 1 && i < sizeof(actions) / sizeof(actions[0]); i++)
		puts(actions[i].name);
	if (count == 2)
		complete_runs();
	if ((count == 2 || count == 3) && !strcmp(words[0], "add"))
		complete_devices(words[count - 1]);
}

static void device_help(void)
{
	printf("usage: spapr-tce device add [RUN] TYPE,PROP=VALUE,...\n"
	       "       spapr-tce device del [RUN] ADDR\n\n"
	       "Plugs a PCI function into a live run, or takes one out of it. RUN is the run's name as spapr-tce ps shows it,\n"
	       "its process ID, that of a program below it, or its directory; it may be left out if there is only one.\n"
	       "A function is described as for --device.\n\n"
	       "Programs that run see a new function at once: its folder in sysfs and /dev/vfio/N appear. A function that a\n"
	       "program has open is asked for by VFIO's request interrupt, and del waits until the program has closed it.\n"
	       "The exit status is 1 if the run refuses.\n");
}

const struct command command_device = {
	.name = "device",
	.arguments = "add|del [RUN] FUNCTION",
	.text = "plug a function into a live run, or take it out",
	.run = device,
	.help = device_help,
	.complete = complete_device,
};
