/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of the requests that a program answers (control.h). A part of the machine that answers
 * another has its handler in a file of its own, and a row here.
 */
#include "machine/control.h"
#include "machine/control_eeh.h"
#include "machine/control_show.h"

static int help(struct stce_machine *machine, const char *arguments, struct control_answer *answer)
{
	for (const struct control_verb *row = control_verbs; row->name; row++)
		control_print(answer, "%s%s%s: %s\n", row->name, row->arguments[0] ? " " : "", row->arguments,
			      row->text);
	return 0;
}

const struct control_verb control_verbs[] = {
	{ "help", "", "lists the requests, one in a line", help },
	{ "eeh", "freeze|thaw|inject|unavailable|show [GROUP]...", "acts on the PEs that the program has attached",
	  control_eeh },
	{ "show", "", "describes what the program has of the machine, as JSON", control_show },
	{ "why", "", "explains the last DMA faults", control_why },
	{ NULL, NULL, NULL, NULL },
};
