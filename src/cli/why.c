/* SPDX-License-Identifier: BSD-2-Clause */
/* spapr-tce why prints how the programs of a live run explain their DMA faults. */
#include "cli.h"

#include <ctype.h>
#include <stdio.h>

#include "ask.h"
#include "complete.h"

/* A program may say anything; only lines of plain text are printed. */
static void print_answer(void *context, const struct stce_answer *answer)
{
	printf("program %d\n", answer->pid);
	for (size_t i = 0; i < answer->size; i++)
		putchar(isprint((unsigned char)answer->text[i]) || answer->text[i] == '\n' ? answer->text[i] : '?');
}

static int why(int argc, char **argv)
{
	struct stce_control *control;
	int status;

	if (argc > 2 || (argc > 1 && argv[1][0] == '-')) {
		complain("why takes one run");
		return EXIT_OURS;
	}
	status = ask_open(argv[1], &control);
	if (status)
		return status;
	status = ask_programs(control, 0, "why", print_answer, NULL);
	stce_control_free(control);
	return status;
}

static void why_help(void)
{
	printf("usage: spapr-tce why [RUN]\n\n"
	       "Prints the last DMA faults of each program of a live run, newest first: the function, the\n"
	       "access and its cause, the window and the entry, and what had changed that. The removal of a\n"
	       "window and memory that the program unmaps are always recorded; MAP, UNMAP and hypercalls below\n"
	       "spapr-tce run --history on.\n");
}

const struct command command_why = {
	.name = "why",
	.arguments = "[RUN]",
	.text = "explain the DMA faults of a live run",
	.run = why,
	.help = why_help,
	.complete = complete_one_run,
};
