/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a load or store does that faults in a mapping of a BAR. util/guard.h owns the signals.
 */
#ifndef STCE_VFIO_BAR_FAULT_H
#define STCE_VFIO_BAR_FAULT_H

/* Before the first mapping, makes the faults of this process ours. -errno. */
int bar_fault_begin(void);

#endif
