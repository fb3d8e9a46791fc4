/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rule that freezes a PE when a device has done something, as the user writes it:
 *
 *	freeze:group=N[,after=COUNTkind][,address=A[,mask=M]]
 *
 * host/eeh_trigger.h carries it out. Whether the group exists is not judged here.
 */
#ifndef STCE_MACHINE_EEH_RULE_H
#define STCE_MACHINE_EEH_RULE_H

#include "host/eeh.h"

struct eeh_rule {
	int group;
	struct host_eeh_trigger trigger;   /* its rule number is the caller's to set */
};

/* -EINVAL: the text is no rule; why, which may be NULL, gets one line of English. */
int eeh_rule_parse(const char *text, struct eeh_rule *rule, char *why);

/* Converts a number as C writes it. -EINVAL: it is none. */
int eeh_rule_number(const char *text, uint64_t *number);

#endif
