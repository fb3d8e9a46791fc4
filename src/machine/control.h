/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control channel: a program of a run answers requests of its user, such as `spapr-tce show`. A
 * thread waits at a socket in the folder `control` of the run's directory; the socket's name is the
 * mm of the process. There is neither thread nor socket before the program has opened a device file,
 * and a request is handled in a thread of its own, which leaves nothing behind that slows others down.
 *
 * A request is one line: a verb and its arguments. The first line of the answer is `ok`, which the
 * text follows, or `error: ` and one line of English.
 *
 *  (I1) Only the user as whom the process runs, and root, are answered.
 *  (I2) A client that says nothing, too much or nothing that ends, or does not read its answer, is
 *       dropped after a few seconds; the next one is served then.
 *  (I3) A forked child does not answer for its parent, and has a socket of its own once it opens a
 *       device file.
 *  (I4) The thread blocks all signals but those of faults, and no descriptor or memory of the
 *       program's changes; a program that closes our descriptors by raw system calls ends the thread.
 *  (I5) A program that begins to answer removes the sockets of dead ones (control_sweep.h), and of no other.
 */
#ifndef STCE_MACHINE_CONTROL_H
#define STCE_MACHINE_CONTROL_H

#include "machine/control_answer.h"
#include "machine/machine.h"
#include "util/mm.h"

#define CONTROL_FOLDER      "control"
#define CONTROL_REQUEST_MAX 4096

/*
 * Handles a request in a thread of its own, which holds no lock. arguments has no blanks around it and
 * may be "". Returns 0, or -errno by control_refuse(); what was printed is dropped then.
 */
typedef int (*control_fn)(struct stce_machine *machine, const char *arguments, struct control_answer *answer);

struct control_verb {
	const char *name;
	const char *arguments;    /* their form, for people */
	const char *text;         /* one line of help */
	control_fn handle;
};

/* control_verbs.c has the table, which ends with a row without a name. */
extern const struct control_verb control_verbs[];

/* Begins to answer, if the machine belongs to a run. A failure is no error: the program runs unseen. */
void control_start(struct stce_machine *machine);
/* Ends the thread, and removes the socket. The caller holds no lock that a handler takes. */
void control_end(struct stce_machine *machine);

/* Begins to answer unless this process does so already. */
static inline void control_need(struct stce_machine *machine)
{
	if (atomic_load_explicit(&machine->control_mm, memory_order_relaxed) != mm_current())
		control_start(machine);
}

#endif
