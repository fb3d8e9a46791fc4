/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce bench runs spapr-tce-bench, a separate program, because the benchmarks use the inside
 * of the core and this program uses public headers only.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "companion.h"

#define BENCH_NAME "spapr-tce-bench"

static int bench(int argc, char **argv)
{
	char path[COMPANION_PATH_SIZE];
	int error;

	companion_find(path, BENCH_NAME, STCE_LIBEXEC_DIR);
	execv(path, argv);
	error = errno;
	complain("%s: %s", path, strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
}

/* The other program knows its names and options. */
static void complete_bench(char **words, int count)
{
	char *const arguments[] = { "bench", "--words", NULL };

	fflush(stdout);
	bench(2, (char **)arguments);
}

static void bench_help(void)
{
	char *const arguments[] = { "bench", "--help", NULL };

	bench(2, (char **)arguments);
}

const struct command command_bench = {
	.name = "bench",
	.arguments = "[NAME]...",
	.text = "measure the hot paths against the least possible work",
	.run = bench,
	.help = bench_help,
	.complete = complete_bench,
};
