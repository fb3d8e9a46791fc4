/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements ask.h. What a program says is printed without control characters. */
#include "ask.h"

#include <ctype.h>
#include <stdio.h>

#include "cli.h"

int ask_open(const char *run, struct stce_control **control)
{
	char why[STCE_WHY_SIZE] = "";

	if (!stce_control_open(run, control, why))
		return 0;
	complain("%s", why);
	return EXIT_OURS;
}

struct asking {
	void (*fn)(void *context, const struct stce_answer *answer);
	void *context;
	int status;
};

static void make_plain(const char *from, char *to, size_t size)
{
	size_t i;

	for (i = 0; from[i] && i + 1 < size; i++)
		to[i] = isprint((unsigned char)from[i]) ? from[i] : '?';
	to[i] = 0;
}

static int take(void *context, const struct stce_answer *answer)
{
	struct asking *asking = context;
	char plain[STCE_WHY_SIZE];

	if (!answer->result) {
		asking->fn(asking->context, answer);
		return 0;
	}
	make_plain(answer->text, plain, sizeof(plain));
	complain("program %d: %s", answer->pid, plain);
	asking->status = EXIT_OURS;
	return 0;
}

int ask_programs(struct stce_control *control, int pid, const char *request,
		 void (*fn)(void *context, const struct stce_answer *answer), void *context)
{
	struct asking asking = { fn, context, 0 };
	char why[STCE_WHY_SIZE] = "";

	if (!stce_control_ask(control, pid, request, take, &asking, why))
		return asking.status;
	complain("%s", why);
	return EXIT_OURS;
}
