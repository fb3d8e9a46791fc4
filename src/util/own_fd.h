/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the descriptors that the library holds in the program's process: disks, eventfds, the shared
 * file of a run. The program does not know them, so it may close any number or put a file of its
 * own there.
 *
 *  (O1) own_fd_has(), own_fd_close_range() and own_fd_replace() treat a number of ours as not open:
 *       closing skips it, and a duplicate that is to get the number gets it after ours has moved
 *       away.
 *  (O2) own_fd_enter() returns the file that was taken over, compared by device and inode, and it
 *       stays that file until own_fd_leave() unless a raw system call is made meanwhile. A file
 *       that was lost to such a call is lost for good: the file that has its number now is not
 *       read, written or closed.
 *  (O3) Our numbers lie above those that a program expects, so open() still returns the lowest.
 *
 * All eventfds have the same inode. So one that a raw system call puts at the number of ours is
 * taken for ours. No data of a disk goes there.
 */
#ifndef STCE_UTIL_OWN_FD_H
#define STCE_UTIL_OWN_FD_H

#include "util/types.h"

struct own_fd;

/*
 * Takes fd over and closes it in any case. A negative fd is an error that is passed on. -EMFILE,
 * -ENOMEM.
 */
int own_fd_new(int fd, struct own_fd **own);
/* As own_fd_new(), but takes a duplicate: fd stays the caller's. */
int own_fd_dup(int fd, struct own_fd **own);
/* No thread may be inside. NULL is fine. */
void own_fd_free(struct own_fd *own);

/*
 * Returns the number, which is good until own_fd_leave(). -EBADF: the file is lost and
 * own_fd_leave() must not be called.
 */
int own_fd_enter(struct own_fd *own);
void own_fd_leave(struct own_fd *own);
/*
 * As own_fd_enter(), but takes no lock, so that it may be called anywhere. -EAGAIN: the file is
 * being moved.
 */
int own_fd_try_enter(struct own_fd *own);
/*
 * Returns the present number, neither compared nor kept. This is for calls that may wait for ever
 * and cannot harm another file. -EBADF: the file is known to be lost.
 */
int own_fd_peek(struct own_fd *own);
bool own_fd_is_lost(const struct own_fd *own);

/* Returns whether the number is one of ours. This is cheap; the file is not compared. */
bool own_fd_has(int fd);
/*
 * Returns whether the number is not ours. A number of ours that has come to mean another file, or
 * none, is given up first.
 */
bool own_fd_has_gone(int fd);
/* As close_range(2), but skips our numbers after comparing the files. -errno. */
int own_fd_close_range(unsigned int first, unsigned int last, int flags);
/*
 * As dup3(2). -errno; a descriptor of ours with the number copy must move: -EMFILE if it cannot,
 * -EBUSY if it stays in use for too long.
 */
int own_fd_replace(int fd, int copy, int flags);

/*
 * Only util/fork.c calls these. The lock is held over the fork, so the child finds no change half
 * done.
 */
void own_fd_before_fork(void);
void own_fd_after_fork_in_parent(void);
void own_fd_after_fork_in_child(void);

#endif
