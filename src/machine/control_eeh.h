/* SPDX-License-Identifier: BSD-2-Clause */
/* The request "eeh" of the control channel. */
#ifndef STCE_MACHINE_CONTROL_EEH_H
#define STCE_MACHINE_CONTROL_EEH_H

#include "machine/control.h"

int control_eeh(struct stce_machine *machine, const char *arguments, struct control_answer *answer);

#endif
