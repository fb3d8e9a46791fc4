/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `preload-first LIBRARY -- PROGRAM...` runs the program with the library before those that LD_PRELOAD names already, for
 * bench/experiment: `spapr-tce run` puts its own library first. There is no shell in the powernv machine that could do it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *others = getenv("LD_PRELOAD");
	char list[4096];

	if (argc < 4 || strcmp(argv[2], "--"))
		return 2;
	snprintf(list, sizeof(list), "%s:%s", argv[1], others ? others : "");
	if (!setenv("LD_PRELOAD", list, 1))
		execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 1;
}
