/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells whether the process that something belongs to is still alive. Each process shows that by a
 * lock on one byte of a file that all processes that ask have open; its mm (util/mm.h) is the
 * number of the byte. Process IDs are not used, because they mean nothing in
 * another PID namespace and are reused. What is done for the dead is the caller's (file/record.h,
 * util/stats.h).
 *
 *  (A1) A process lives from life_show() until its memory goes: when it ends, is killed, or
 *       executes a program, and before another process can wait for it.
 *  (A2) A forked child does not keep its parent alive, and does not show itself.
 *  (A3) Closing descriptors, even all of them, does not end the life of a process.
 */
#ifndef STCE_UTIL_LIFE_H
#define STCE_UTIL_LIFE_H

#include <stdatomic.h>

#include "util/own_fd.h"

struct life {
	struct own_fd *file;         /* may have any size */
	_Atomic(uint64_t) shown;     /* the process in which life_show() succeeded last */
	void *page;                  /* keeps the lock; NULL if it is a lock of the process */
};

/*
 * Takes the descriptor over. A negative fd is an error that is passed on. After -errno there is
 * nothing to undo.
 */
int life_init(struct life *life, int fd);
/*
 * Shows that the calling process lives; a second call does nothing. The caller must hold
 * fork_lock(). -errno if the lock cannot be taken.
 */
int life_show(struct life *life);
/* Stops showing that the calling process lives. A struct that is all 0 is fine. */
void life_fini(struct life *life);
/*
 * Returns whether a process lives. A number that is no mm does not; if the file is lost, every mm
 * does.
 */
bool life_is(const struct life *life, uint64_t mm);

#endif
