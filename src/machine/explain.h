/* SPDX-License-Identifier: BSD-2-Clause */
/* Explains DMA faults in lines of English, of which all but the first are indented. */
#ifndef STCE_MACHINE_EXPLAIN_H
#define STCE_MACHINE_EXPLAIN_H

#include "host/blame.h"
#include "machine/control_answer.h"
#include "machine/machine.h"
#include "machine/run_shared.h"

void explain_fault(struct machine_parts *parts, const struct blame *blame, struct control_answer *answer);
/*
 * Explains the last fault of a group by that cause in the run's file, if that has room. The thread may be in a read
 * section and hold locks of a device.
 */
void explain_to_run(struct machine_parts *parts, struct run_shared *shared, int group, enum stce_fault cause);

#endif
