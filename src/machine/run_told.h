/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs of a run want its user to read, whatever has become of their
 * own output: lines of text in a file of the run's directory. A line that is
 * there already is not written again, and the file stays small.
 */
#ifndef STCE_MACHINE_RUN_TOLD_H
#define STCE_MACHINE_RUN_TOLD_H

#include "util/types.h"

#define RUN_TOLD_SIZE 16384

/* To whoever made the run. */
struct run_told {
	int fd;                    /* -1: none */
	size_t read;               /* bytes that have been handed out, or passed over */
	size_t size;
	char text[RUN_TOLD_SIZE];
};

/* The file of a fresh directory. -errno. */
int run_told_init(struct run_told *told, const char *directory);
void run_told_fini(struct run_told *told);
/* The next line. Whatever a program has written there, it is text, is cut to the size given, and comes once. */
bool run_told_next(struct run_told *told, char *line, size_t size);

#endif
