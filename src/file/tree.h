/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removing a directory with everything in it, where others may meanwhile put
 * anything in its place or into it: what is removed is the directory behind a
 * descriptor, and no link is ever followed.
 */
#ifndef STCE_FILE_TREE_H
#define STCE_FILE_TREE_H

#include "util/types.h"

/* The directory itself: -ENOTDIR for anything else, a link to one too. A descriptor numbered high, or -errno. */
int tree_open(const char *path);
/* Empties the directory behind fd, wherever it is now, and removes the path while it still leads to it. */
void tree_remove(int fd, const char *path);

#endif
