/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file for the lines of the trace, to which all programs of a run append. Each write
 * is one or more whole lines, and appending keeps the lines of different programs apart. A file that
 * takes no more ends the trace of the process with one message, and nothing else.
 */
#ifndef STCE_UTIL_TRACE_FILE_H
#define STCE_UTIL_TRACE_FILE_H

#include "util/types.h"

/* Sets the path of the file, which trace_file_open() opens. -ENAMETOOLONG, -errno of getcwd(3). */
int trace_file_set(const char *path);
/* Returns its absolute path; "" if there is none. */
const char *trace_file_path(void);
/*
 * Opens the file if there is one and it is not open, and empties it if is_new. -EINVAL: it is a
 * directory, pipe or socket; -errno.
 */
int trace_file_open(bool is_new);
void trace_file_close(void);
/* Sets who is told that the trace has ended; by default, standard error is. */
void trace_file_on_end(void (*tell)(const char *message));

#endif
