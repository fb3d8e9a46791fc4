/* SPDX-License-Identifier: BSD-2-Clause */
/* Talks to one client of the control channel (control.h). */
#ifndef STCE_MACHINE_CONTROL_SERVE_H
#define STCE_MACHINE_CONTROL_SERVE_H

#include "machine/machine.h"

struct control_client {
	struct stce_machine *machine;
	struct own_fd *socket;    /* connected */
	struct own_fd *wake;      /* can be read once the channel ends */
};

/* Reads the client's request, and answers it. */
void control_serve(struct control_client *client);

#endif
