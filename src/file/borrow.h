/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process borrows a file whose state another living process has: its calls are sent to that
 * process, which makes them (file/lend.h). The calls of one file are made one after the other. A call
 * waits for its answer as long as the other process lives, also while that is stopped. If the other
 * process does not lend, or has ended, the answer is -EPERM [DIFF-30].
 */
#ifndef STCE_FILE_BORROW_H
#define STCE_FILE_BORROW_H

#include "file/file.h"
#include "file/record.h"
#include "file/shape.h"

/*
 * Connects to the process that a record names and shows it a descriptor of the file. It does nothing
 * if that has been done. -EPERM, or what the other process answers.
 */
int borrow_begin(struct file *file, struct file_record *record, const struct life *life, int fd);
/*
 * These do what the file's operations do. The file is in a list, and its record names the other
 * process.
 */
long borrow_ioctl(struct file *file, const struct file_shape *shape, void *argument);
ssize_t borrow_read(struct file *file, void *buffer, size_t size, uint64_t offset);
ssize_t borrow_write(struct file *file, const void *buffer, size_t size, uint64_t offset);
/*
 * As these, for at most FILE_CALL_SIZE bytes of our own memory, in a handler of faults (vfio/bar_fault.h). A connection
 * that is lost is not made again (Z4). -EPERM, or what the other process answers.
 */
ssize_t borrow_access(struct file *file, void *bytes, size_t size, uint64_t offset, bool is_write);

#endif
