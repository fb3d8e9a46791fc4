/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file `about` of a run's directory: which process made the run, and when. It is for people who
 * look for the run; nothing is decided by it.
 */
#ifndef STCE_MACHINE_RUN_ABOUT_H
#define STCE_MACHINE_RUN_ABOUT_H

#include <sys/types.h>

#include "util/types.h"

struct run_about {
	pid_t pid;           /* 0: unknown */
	uint64_t started;    /* seconds since 1970; 0: unknown */
};

/* Writes the file for this process and now. -errno. */
int run_about_write(const char *directory);
/* Reads the file in the directory behind a descriptor. */
struct run_about run_about_read(int directory);

#endif
