/* SPDX-License-Identifier: BSD-2-Clause */
#include "companion.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folder that the running program lies in. Return: its length, 0 where the system does not tell. */
static int find_own_folder(char folder[COMPANION_PATH_SIZE])
{
	ssize_t length = readlink("/proc/self/exe", folder, COMPANION_PATH_SIZE - 1);
	char *slash;

	folder[length > 0 ? length : 0] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	return slash ? (int)(slash - folder) : 0;
}

/* How much of the folder comes before the one that programs are installed in; 0: it is not, or nothing does. */
static int root_length(const char *folder, int length)
{
	int below = (int)strlen(STCE_BIN_DIR);

	return length > below && !strcmp(folder + length - below, STCE_BIN_DIR) ? length - below : 0;
}

void companion_find(char path[COMPANION_PATH_SIZE], const char *name, const char *installed_folder)
{
	char folder[COMPANION_PATH_SIZE];
	int length = find_own_folder(folder);

	snprintf(path, COMPANION_PATH_SIZE, "%s/%s", folder, name);
	if (length && !access(path, R_OK))
		return;
	snprintf(path, COMPANION_PATH_SIZE, "%.*s%s/%s", root_length(folder, length), folder, installed_folder, name);
	if (access(path, R_OK))
		snprintf(path, COMPANION_PATH_SIZE, "%s/%s", installed_folder, name);
}
