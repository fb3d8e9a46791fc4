/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce eeh freezes, thaws and shows PEs of a live run. The program that has attached the group acts and
 * answers; the others answer nothing.
 */
#include "ask.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "complete.h"

#define REQUEST_SIZE 1024

static const char *const verbs[] = { "freeze", "thaw", "inject", "unavailable", "show" };

static bool is_verb(const char *word)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i], word))
			return true;
	return false;
}

static void print_answer(void *context, const struct stce_answer *answer)
{
	bool *acted = context;

	if (!answer->size)
		return;
	*acted = true;
	for (size_t i = 0; i < answer->size; i++) {
		const unsigned char c = (unsigned char)answer->text[i];

		putchar(c == '\n' || (c >= ' ' && c < 127) ? c : '?');
	}
}

/* Joins the words to a request. Returns whether they fit. */
static bool write_request(char request[REQUEST_SIZE], int argc, char **argv)
{
	size_t length = (size_t)snprintf(request, REQUEST_SIZE, "eeh");

	for (int i = 0; i < argc && length < REQUEST_SIZE; i++)
		length += (size_t)snprintf(request + length, REQUEST_SIZE - length, " %s", argv[i]);
	return length < REQUEST_SIZE;
}

static int ask(const char *run, int argc, char **argv)
{
	struct stce_control *control = NULL;
	char request[REQUEST_SIZE];
	bool acted = false;
	int status;

	if (!write_request(request, argc, argv)) {
		complain("the request is too long");
		return EXIT_OURS;
	}
	status = ask_open(run, &control);
	if (status)
		return status;
	status = ask_programs(control, 0, request, print_answer, &acted);
	stce_control_free(control);
	if (status || acted)
		return status;
	if (argc > 1)
		complain("no program of the run has attached group %s", argv[1]);
	else
		complain("no program of the run has attached a group");
	return EXIT_OURS;
}

static int eeh(int argc, char **argv)
{
	const char *run = argc > 1 && !is_verb(argv[1]) ? argv[1] : NULL;
	int first = run ? 2 : 1;

	if (argc <= first || !is_verb(argv[first])) {
		complain("eeh takes freeze, thaw, inject, unavailable or show; try spapr-tce help eeh");
		return EXIT_OURS;
	}
	return ask(run, argc - first, argv + first);
}

/* Groups are left to the user. */
static void complete_eeh(char **words, int count)
{
	if (count > 2 || (count == 2 && is_verb(words[0])))
		return;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		puts(verbs[i]);
	if (count == 1)
		complete_runs();
}

static void eeh_help(void)
{
	printf("usage: spapr-tce eeh [RUN] freeze GROUP [after=COUNTkind][,address=A[,mask=M]]\n"
	       "       spapr-tce eeh [RUN] inject GROUP TYPE FUNCTION [ADDRESS [MASK]]\n"
	       "       spapr-tce eeh [RUN] unavailable GROUP [MILLISECONDS]\n"
	       "       spapr-tce eeh [RUN] thaw GROUP\n"
	       "       spapr-tce eeh [RUN] show [GROUP]\n\n"
	       "Freezes the PE of a group of a live run, now or after so many accesses; arms an error as\n"
	       "VFIO_EEH_PE_INJECT_ERR does; makes the PE unavailable for a time or, without one, for ever; thaws it;\n"
	       "or shows its state and what froze it last. RUN is as spapr-tce ps shows it, or a process ID, and\n"
	       "may be left out if there is only one. spapr-tce-eeh(7) describes rules, functions and states.\n");
}

const struct command command_eeh = {
	.name = "eeh",
	.arguments = "[RUN] freeze|thaw|inject|unavailable|show [GROUP]...",
	.text = "freeze, thaw and show groups of a live run",
	.run = eeh,
	.help = eeh_help,
	.complete = complete_eeh,
};
