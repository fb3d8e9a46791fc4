/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removes a directory with everything in it, while other processes may put anything in its place or
 * into it. It removes the directory behind a descriptor and never follows a link. Which directory
 * may be removed is the caller's to know.
 */
#ifndef STCE_FILE_TREE_H
#define STCE_FILE_TREE_H

#include "util/types.h"

/*
 * Opens a directory. -ENOTDIR: the path is anything else, such as a link to one. Returns a
 * descriptor with a high number, or -errno.
 */
int tree_open(const char *path);
/*
 * Empties the directory behind fd, wherever it is now, and removes the path if it still leads to
 * it.
 */
void tree_remove(int fd, const char *path);

#endif
