/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of a recording, to which all programs of a run append blocks. A block is one write, and
 * appending keeps the blocks of different programs apart. When the file takes no more, the
 * recording of the whole run ends with one message (record.h). The programs go on.
 */
#ifndef STCE_RECORDING_FILE_H
#define STCE_RECORDING_FILE_H

#include "recording/format.h"

/* Sets the path of the file. -ENAMETOOLONG, -errno of getcwd(3). */
int recording_file_set(const char *path);
/* Returns its absolute path; "" if there is none. */
const char *recording_file_path(void);

/* Makes the file anew, with a header that has the options. -EINVAL: it cannot be a plain file; -errno. */
int recording_file_create(const char *options);
/* Opens the file to append to it. -errno. */
int recording_file_open(void);
void recording_file_close(void);
bool recording_file_is_open(void);
/* Sets who is told that the recording has ended; by default, standard error is. */
void recording_file_on_end(void (*tell)(const char *message));
/* Tells that the recording ends, because of this -errno. */
void recording_file_tell_end(int r);

/*
 * Writes a block, and the records that lie directly behind it, or the END of a recording. Nothing is copied, because a
 * thread of the program may have a small stack. -errno: the file has no part of it, unless another program has written
 * since.
 */
int recording_file_put(struct recording_block *block);

#endif
