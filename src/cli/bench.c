/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce bench: a program of its own, which knows the core's inside.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"

#define BENCH_NAME "spapr-tce-bench"

/* Beside the program in the build folder, or where it was installed. */
static void find(char path[LAUNCH_PATH_SIZE])
{
	ssize_t length = readlink("/proc/self/exe", path, LAUNCH_PATH_SIZE - sizeof(BENCH_NAME));
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		strcpy(slash + 1, BENCH_NAME);
	if (!slash || access(path, X_OK))
		snprintf(path, LAUNCH_PATH_SIZE, "%s/%s", STCE_LIBEXEC_DIR, BENCH_NAME);
}

static int bench(int argc, char **argv)
{
	char path[LAUNCH_PATH_SIZE];
	int error;

	find(path);
	execv(path, argv);
	error = errno;
	complain("%s: %s", path, strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
}

static void bench_help(void)
{
	char *const arguments[] = { "bench", "--help", NULL };

	bench(2, (char **)arguments);
}

const struct command command_bench = {
	.name = "bench",
	.arguments = "[NAME]...",
	.text = "measure the hot paths against the least work that could do",
	.run = bench,
	.help = bench_help,
};
