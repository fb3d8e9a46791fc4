/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a file whole or not at all: a reader sees the old contents or the new, also after a crash
 * or on a full disk. The new file is made in the same folder and renamed. A path that is a device,
 * a pipe or the like is written in place.
 */
#ifndef STCE_CLI_WHOLE_FILE_H
#define STCE_CLI_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Finds out whether the file can be written, and leaves it as it is. Returns 0 or -errno. */
int whole_file_check(const char *path);
/* Returns whether the path is no plain file, so that it can be written once only. */
bool whole_file_is_stream(const char *path);
/* Returns 0 or -errno. */
int whole_file_write(const char *path, const char *text, size_t size);

#endif
