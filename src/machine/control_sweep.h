/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets of the control channel that dead programs of a run have left (control.h). */
#ifndef STCE_MACHINE_CONTROL_SWEEP_H
#define STCE_MACHINE_CONTROL_SWEEP_H

#include "util/life.h"

/* Removes them from the folder. own is the mm of this process, which lives. */
void control_sweep(const char *folder, const struct life *life, uint64_t own);

#endif
