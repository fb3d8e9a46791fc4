/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a process that something belongs to still lives. Each shows it by a
 * lock on one byte of a file that all who ask have open; the token of its
 * memory (util/mm.h) is the number of the byte. No number of a process is
 * involved, which another PID namespace would not know, and which is handed
 * out again.
 *
 *  (A1) a process lives from life_show() until its memory goes: when it ends,
 *       is killed, or executes a program, and before anybody can wait for it;
 *  (A2) a forked child does not keep its parent alive, nor shows itself;
 *  (A3) closing descriptors, all of them even, ends nothing.
 */
#ifndef STCE_UTIL_LIFE_H
#define STCE_UTIL_LIFE_H

#include <stdatomic.h>

#include "util/own_fd.h"

struct life {
	struct own_fd *file;         /* of any size */
	_Atomic(uint64_t) shown;     /* the process that life_show() was called in last */
	void *page;                  /* what holds its lock; NULL: a lock of the process does */
};

/* Takes over a descriptor of the file; a negative one is an error that is passed on. -errno, and then there is nothing. */
int life_init(struct life *life, int fd);
/*
 * Shows that the calling process lives; a second call does nothing. The caller
 * has fork_lock(). -errno where others keep it from showing that.
 */
int life_show(struct life *life);
/* The calling process stops showing it. One that is all 0 is fine. */
void life_fini(struct life *life);
/* Whether a process lives: no number but a token does, and every token where the file is lost. */
bool life_is(const struct life *life, uint64_t token);

#endif
