/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce version
 */
#include "cli.h"

#include <stdio.h>

#include <spapr-tce/machine.h>

static int version(int argc, char **argv)
{
	if (argc > 1) {
		complain("version takes no arguments");
		return EXIT_OURS;
	}
	printf("spapr-tce %s\n", stce_version());
	return 0;
}

static void version_help(void)
{
	printf("usage: spapr-tce version\n\nSays which version this is.\n");
}

const struct command command_version = {
	.name = "version",
	.arguments = "",
	.text = "say which version this is",
	.run = version,
	.help = version_help,
};
