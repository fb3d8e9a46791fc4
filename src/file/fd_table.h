/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From descriptor number to open file: the one table of the process, since
 * the numbers are the process's. Finding takes no lock.
 *
 *  (F1) a number leaves the table before the kernel may hand it out again.
 */
#ifndef STCE_FILE_FD_TABLE_H
#define STCE_FILE_FD_TABLE_H

#include "file/file.h"

/* Takes over the caller's reference. -EMFILE: beyond what the table can hold; -ENOMEM. */
int fd_table_set(int fd, struct file *file);
/* The caller's reference, or NULL. */
struct file *fd_table_get(int fd);
/* The same without a reference: inside an RCU read lock, and good until its end. */
struct file *fd_table_peek(int fd);
/* Takes the number out and hands over its reference, or NULL. */
struct file *fd_table_clear(int fd);
/* Closes the number, and drops the reference that it had. As close(2). */
int fd_table_close(int fd);
/* Whether the number is in the table. */
bool fd_table_has(int fd);

#endif
