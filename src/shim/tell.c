/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the preload's own messages: to the user of the run by its file `told`, or on stderr. */
#include "shim.h"

#include <unistd.h>

void shim_complain(const char *why)
{
	char line[STCE_WHY_SIZE + 64];
	int length = snprintf(line, sizeof(line), "spapr-tce: this program gets no machine: %s\n", why);

	if (length > 0)
		(void)!real()->write(STDERR_FILENO, line, (size_t)length);
}

void shim_tell(const char *line)
{
	char whole[STCE_WHY_SIZE + 32];
	int length;

	if (!stce_run_tell(shim_directory(), line))
		return;
	length = snprintf(whole, sizeof(whole), "spapr-tce: %.*s\n", STCE_WHY_SIZE, line);
	(void)!real()->write(STDERR_FILENO, whole, (size_t)length);
}
