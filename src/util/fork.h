/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork() while other threads are inside the library. A child gets parts of its
 * own (machine/machine.h), whose locks are fresh: of those that it inherits it
 * meets only what leads there. That is one lock, which fork() waits for, as it
 * does for liburcu's.
 */
#ifndef STCE_UTIL_FORK_H
#define STCE_UTIL_FORK_H

/* Below it: all locks of the library but a KVM device's (src/README.md). */
void fork_lock(void);
void fork_unlock(void);

#endif
