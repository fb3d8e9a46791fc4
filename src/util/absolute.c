/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements absolute.h. */
#include "util/absolute.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int absolute_path(char to[PATH_MAX], const char *name)
{
	char folder[PATH_MAX] = "";
	size_t length;

	if (*name != '/' && !getcwd(folder, sizeof(folder)))
		return -errno;
	length = strlen(folder);
	if (length + strlen(name) + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(to, PATH_MAX, "%s%s%s", folder, length ? "/" : "", name);
	return 0;
}
