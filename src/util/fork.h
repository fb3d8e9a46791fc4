/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes fork() safe while other threads are inside the library. The child gets parts of its own
 * with fresh locks (machine/machine.h). Of the locks that it has inherited it meets five: this one
 * and those of util/apart_fd.c, util/own_fd.c and recording/record.c, which fork() takes before and releases on
 * both sides, and RCU's, which the child makes anew (util/rcu.h). Inherited files are left to machine/ and file/.
 */
#ifndef STCE_UTIL_FORK_H
#define STCE_UTIL_FORK_H

/*
 * A thread that holds this lock may take every other lock of the library but a KVM device's
 * (src/README.md).
 */
void fork_lock(void);
void fork_unlock(void);

/*
 * RCU registers its handler for a forked child by this call. All programs that link the library use
 * RCU, so the linker puts the handlers of fork.c into each of them.
 */
void fork_set_rcu(void (*after_fork_in_child)(void));

/*
 * Handlers of the lock that is taken last, under which no other is taken. A later call with the same
 * handlers changes nothing.
 */
struct fork_handlers {
	void (*before)(void);
	void (*in_parent)(void);
	void (*in_child)(void);
};

void fork_set_last(const struct fork_handlers *handlers);

#endif
