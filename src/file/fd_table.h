/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table from descriptor numbers to open files. There is one for the process, because the
 * numbers are the process's. Finding a file takes no lock.
 *
 *  (F1) A number leaves the table before the kernel can hand it out again.
 *
 * Which descriptors are files of a machine is left to file/space.h.
 */
#ifndef STCE_FILE_FD_TABLE_H
#define STCE_FILE_FD_TABLE_H

#include "file/file.h"

/*
 * Takes over the caller's reference, unless it fails. -EMFILE: the number is too large for the
 * table; -ENOMEM.
 */
int fd_table_set(int fd, struct file *file);
/* Returns a new reference to the file, or NULL. */
struct file *fd_table_get(int fd);
/*
 * As fd_table_get(), but without a reference. The caller must be inside the RCU read lock, which
 * keeps the file until its end.
 */
struct file *fd_table_peek(int fd);
/* Takes the number out of the table and returns its reference, or NULL. */
struct file *fd_table_clear(int fd);
/* Returns a number of the file, or -EBADF. It looks at all numbers. */
int fd_table_number(const struct file *file);
/* Closes the number as close(2) does, and drops its reference. */
int fd_table_close(int fd);
/* Returns whether the number is in the table. */
bool fd_table_has(int fd);

#endif
