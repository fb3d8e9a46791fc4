/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The request `show`: what this process has of the machine, as one JSON object. Addresses are texts in
 * hexadecimal, because readers of JSON lose bits of large numbers. Looking changes nothing, and the
 * longest lock that it takes is a group's or a container's, for a few loads.
 */
#ifndef STCE_MACHINE_CONTROL_SHOW_H
#define STCE_MACHINE_CONTROL_SHOW_H

#include "machine/control.h"

int control_show(struct stce_machine *machine, const char *arguments, struct control_answer *answer);

/* control_why.c: the request `why`. */
int control_why(struct stce_machine *machine, const char *arguments, struct control_answer *answer);

/* control_show_window.c: prints the windows of a PE, as the elements of an array. */
void control_show_windows(struct host_pe *pe, bool host_owned, struct control_answer *answer, bool *is_first);

#endif
