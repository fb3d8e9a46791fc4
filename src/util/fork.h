/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork() while other threads are inside the library. A child gets parts of its
 * own (machine/machine.h), whose locks are fresh: of those that it inherits it
 * meets only what leads there. That is one lock, which fork() waits for, and
 * RCU's (util/rcu.h), which is made anew in the child.
 */
#ifndef STCE_UTIL_FORK_H
#define STCE_UTIL_FORK_H

/* Below it: all locks of the library but a KVM device's (src/README.md). */
void fork_lock(void);
void fork_unlock(void);

/* RCU, which everything uses, sets what it does itself in a forked child; so these handlers are in every program. */
void fork_set_rcu(void (*after_fork_in_child)(void));

#endif
