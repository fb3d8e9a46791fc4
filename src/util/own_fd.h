/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The descriptors that the library holds for itself in somebody else's program:
 * disks, eventfds, the state of a run. The program does not know of them, and
 * may close every number it can think of, or put a file of its own there.
 *
 *  (O1) A number of ours counts as not open for whoever asks by own_fd_has(),
 *       own_fd_close_range() and own_fd_replace(): closing passes over it, and a
 *       duplicate that shall get the number gets it, after ours has moved away.
 *  (O2) What own_fd_enter() answers is the file that was taken over, by device
 *       and inode, and stays so until own_fd_leave() unless somebody makes a raw
 *       system call meanwhile. A file that was lost to such a call is lost for
 *       good: nothing is read from what has its number now, written to it, or
 *       closed.
 *  (O3) Numbers lie above those that a program expects to get, so open() still
 *       answers the lowest one.
 *
 * All anonymous inodes are one to the kernel: of two eventfds the second is
 * taken for the first where it got the number by raw calls. No data of a disk
 * goes there.
 */
#ifndef STCE_UTIL_OWN_FD_H
#define STCE_UTIL_OWN_FD_H

#include "util/types.h"

struct own_fd;

/* Takes fd over, which is closed in any case. A negative fd is an error that is passed on. -EMFILE, -ENOMEM. */
int own_fd_new(int fd, struct own_fd **own);
/* As own_fd_new() with a duplicate: fd stays the caller's. */
int own_fd_dup(int fd, struct own_fd **own);
/* Nobody is inside. NULL is fine. */
void own_fd_free(struct own_fd *own);

/* The number, until own_fd_leave(); -EBADF: the file is lost, there is nothing to leave. */
int own_fd_enter(struct own_fd *own);
void own_fd_leave(struct own_fd *own);
/*
 * The number as it is now, not compared and not kept: for calls that wait
 * without end, and do no harm to another file. -EBADF: known as lost.
 */
int own_fd_peek(struct own_fd *own);
bool own_fd_is_lost(const struct own_fd *own);

/* Whether the number is one of ours. Cheap, and not compared. */
bool own_fd_has(int fd);
/* Compares: whether a number of ours has come to mean another file, or none, and is ours no more. */
bool own_fd_has_gone(int fd);
/* As close_range(2), but for ours, which are compared. -errno. */
int own_fd_close_range(unsigned int first, unsigned int last, int flags);
/* As dup3(2). -errno; -EMFILE where ours cannot move, -EBUSY where it is in use for long. */
int own_fd_replace(int fd, int copy, int flags);

/* Of util/fork.c: no other thread is in the middle of something. */
void own_fd_before_fork(void);
void own_fd_after_fork_in_parent(void);
void own_fd_after_fork_in_child(void);

#endif
