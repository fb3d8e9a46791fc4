/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to a request on the control channel: a text that grows as it is written, or the reason
 * for which the request is refused. Its memory is mapped, so a handler that writes it does not meet
 * the program's malloc(). Sending it is control.c's.
 */
#ifndef STCE_MACHINE_CONTROL_ANSWER_H
#define STCE_MACHINE_CONTROL_ANSWER_H

#include "spapr-tce/machine.h"
#include "util/types.h"

/* A longer answer is refused. */
#define CONTROL_ANSWER_MAX (UINT64_C(16) << 20)

struct control_answer {
	char *text;               /* NULL: nothing was written */
	size_t size, room;
	bool is_cut;              /* there was no memory, or it became too long */
	char why[STCE_WHY_SIZE];
};

/* Adds to the text. */
void control_print(struct control_answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds a JSON string with its quotes. Bytes that are no ASCII letters, digits or signs are escaped. */
void control_print_quoted(struct control_answer *answer, const char *text);
/* Gives the reason of a refusal, and returns error. */
int control_refuse(struct control_answer *answer, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void control_answer_fini(struct control_answer *answer);

#endif
