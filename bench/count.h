/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts the instructions of a row, and those of them that are locked. Such a count is the same in
 * every run of a build, whatever else the machine does. The processor traps after each instruction
 * of the row's operations, and a handler counts. What the kernel executes is not counted.
 */
#ifndef STCE_BENCH_COUNT_H
#define STCE_BENCH_COUNT_H

#include "bench.h"

/* The counts of a row, for each unit. */
struct count {
	double instructions, locked;
};

/* Returns false where instructions cannot be counted: on other processors than x86-64. */
bool count_is_possible(void);
/*
 * Counts a row of this thread. Its operations must make no system call that blocks SIGTRAP, because
 * the kernel then ends the process.
 */
struct count count_row(const struct bench_row *row);

#endif
