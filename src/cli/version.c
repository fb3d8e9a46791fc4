/* SPDX-License-Identifier: BSD-2-Clause */
/* spapr-tce version prints the version of the library. */
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
	printf("usage: spapr-tce version\n\nPrints the version.\n");
}

const struct command command_version = {
	.name = "version",
	.arguments = "",
	.text = "print the version",
	.run = version,
	.help = version_help,
};
