/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines that programs of a run write for its user, whose terminal they may not have. They are in
 * the file `told` of the run's directory. A line is written once, and the file never exceeds
 * RUN_TOLD_SIZE.
 */
#ifndef STCE_MACHINE_RUN_TOLD_H
#define STCE_MACHINE_RUN_TOLD_H

#include "util/types.h"

#define RUN_TOLD_SIZE 16384

/* The reader, in the process that made the run. */
struct run_told {
	int fd;                    /* -1: not open */
	size_t read;               /* bytes that have been returned or skipped */
	size_t size;
	char text[RUN_TOLD_SIZE];
};

/* Makes the file in a new directory. Returns 0 or -errno. */
int run_told_init(struct run_told *told, const char *directory);
void run_told_fini(struct run_told *told);
/*
 * Returns the next line, if there is one. Whatever a program has written, the line has no control
 * characters, fits into size, and is returned once.
 */
bool run_told_next(struct run_told *told, char *line, size_t size);

#endif
