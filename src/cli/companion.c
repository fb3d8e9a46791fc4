/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the preload library and the benchmark from the path of the running program. It only checks
 * that a file can be read; the caller reports a missing one.
 */
#include "companion.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Sets the folder of the running program, and returns its length, or 0 without /proc. */
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

/*
 * Returns the length of the part of the folder that precedes STCE_BIN_DIR, or 0 if the folder does
 * not end with it. That part is not empty if the installation lies below another root.
 */
static int root_length(const char *folder, int length)
{
	int below = (int)strlen(STCE_BIN_DIR);

	return length > below && !strcmp(folder + length - below, STCE_BIN_DIR) ? length - below : 0;
}

/*
 * Looks beside the program, as in a build, then in the installed folder below the program's own root,
 * then in the installed folder itself.
 */
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
