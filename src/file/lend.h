/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process lends the files whose state it has: it makes the calls of other processes that have a
 * descriptor of the same file. A thread receives the calls through sockets and makes one after the
 * other. There is neither thread nor socket before another process can have a descriptor of a file
 * that this process drives. file/borrow.h is the side of the other process.
 *
 *  (Z1) A process has a call made only on a file whose descriptor it has shown.
 *  (Z2) A call that carries an address is not made; file/shape.h says which calls are.
 *  (Z3) No process that borrows makes the lending thread wait: an answer that cannot be sent at once
 *       ends the connection.
 *  (Z4) borrow_access() neither allocates nor frees memory, and makes no connection. So a load of a mapped
 *       register may interrupt an embedder's malloc().
 */
#ifndef STCE_FILE_LEND_H
#define STCE_FILE_LEND_H

#include "file/record.h"
#include "file/space.h"

/*
 * Notes that other processes have, or get, a descriptor of the file, and lends it if this process
 * drives it.
 */
void lend_file(struct file_space *space, struct file *file);
/* Does the same for all files of this process, which is about to fork. */
void lend_all(struct file_space *space);
/*
 * This process has just claimed the object behind a file, or NULL if the file is closed. The record
 * tells from now on how it is lent. A failure is no error: others are refused then.
 */
void lend_claimed(struct file_space *space, const struct file *file, struct file_record *record);
/*
 * Waits until the thread has dropped the files of the processes that have ended or closed them before
 * this call. The caller holds no lock that a call needs.
 */
void lend_settle(struct file_space *space);
/* Ends the thread. */
void lend_fini(struct file_space *space);
/* Returns whether the calling thread makes another process's call. It must not wait for a third one. */
bool lend_is_serving(void);

#endif
