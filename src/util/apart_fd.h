/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns open files that cost the program no descriptor. They are descriptors of one thread of the library, which has a
 * table of descriptors of its own. The program cannot close or replace them, and RLIMIT_NOFILE counts the two tables
 * apart. The thread lives as long as such a file. Where the kernel refuses it a table, a file is a descriptor of
 * util/own_fd.h instead.
 *
 *  (O4) A call on a file gets the file that was opened, whatever the program does with its own descriptors.
 *
 * A forked child has none of its parent's files.
 */
#ifndef STCE_UTIL_APART_FD_H
#define STCE_UTIL_APART_FD_H

#include "util/types.h"

struct apart_fd;

/* Makes a system call on a descriptor, and nothing else: the thread may take no lock and allocate nothing. */
typedef int (*apart_fd_fn)(int fd, void *context);

/*
 * Opens the file behind fd anew, as os_reopen() does, and makes a first call on it. -EMFILE, -ENOMEM, or as open(2) or
 * the call fails; nothing is left open then.
 */
int apart_fd_reopen(int fd, int flags, apart_fd_fn first, void *context, struct apart_fd **file);
/* Closes the file, and does not wait for that. NULL is fine. */
void apart_fd_free(struct apart_fd *file);
/*
 * Calls fn with the descriptor and returns its answer. It waits for the thread, which takes as long as two changes of
 * context. -EBADF: the file is a parent's, or lost like one of util/own_fd.h.
 */
int apart_fd_call(struct apart_fd *file, apart_fd_fn fn, void *context);

/* Only util/fork.c calls these. The lock is held over the fork, so the child finds no call half made. */
void apart_fd_before_fork(void);
void apart_fd_after_fork(void);

#endif
