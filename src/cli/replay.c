/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce replay runs spapr-tce-replay, a separate program, because it makes its calls where it is: below a run
 * of its own, or on a real kernel. It is told where this program is, so that it can start the run.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "companion.h"
#include "complete.h"

#define REPLAY_NAME "spapr-tce-replay"

static int replay(int argc, char **argv)
{
	char path[COMPANION_PATH_SIZE], self[COMPANION_PATH_SIZE];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int error;

	self[length > 0 ? length : 0] = '\0';
	companion_find(path, REPLAY_NAME, STCE_LIBEXEC_DIR);
	if (setenv("SPAPR_TCE_PROGRAM", self, 1)) {
		complain("out of memory");
		return EXIT_OURS;
	}
	execv(path, argv);
	error = errno;
	complain("%s: %s", path, strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
}

static void replay_help(void)
{
	char *const arguments[] = { "replay", "--help", NULL };

	replay(2, (char **)arguments);
}

static void complete_replay(char **words, int count)
{
	if (words[count - 1][0] == '-' && !strchr(words[count - 1], '='))
		puts("--all\n--list\n--partial\n--here\n--help");
	else
		complete_behind_options(words, count, COMPLETE_FILES);
}

const struct command command_replay = {
	.name = "replay",
	.arguments = "[OPTION]... FILE",
	.text = "make the calls of a recording again, and tell where an answer differs",
	.run = replay,
	.help = replay_help,
	.complete = complete_replay,
};
