/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file to which several programs append. Each write is whole, and O_APPEND keeps those of different programs
 * apart. When a file takes no more, the process tells so once. The trace ends for this process; a recording ends for
 * the run (recording/record.h).
 */
#ifndef STCE_UTIL_APPEND_H
#define STCE_UTIL_APPEND_H

#include <stdatomic.h>

#include "util/types.h"

struct append_end {
	_Atomic(bool) has_come;
	void (*tell)(const char *message);   /* NULL: standard error is told */
};

/*
 * Writes all of it. Of a write that came to a part only nothing stays, unless another program has written
 * since. -ENOSPC, -errno.
 */
int append_whole(int fd, const void *bytes, size_t size);

/* Tells, for the first time only: "the WHAT ends here: PATH: the error". */
void append_end(struct append_end *end, const char *what, const char *path, int error);

#endif
