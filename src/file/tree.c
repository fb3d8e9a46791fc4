/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements tree.h. An entry is a directory if the kernel refuses to unlink it. The type in a
 * directory's entries is not used, because some file systems give none (DT_UNKNOWN), and because it
 * may have changed by the time of the call.
 */
#include "file/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/os.h"

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int tree_open(const char *path)
{
	return os_move_high(os_open(path, OPEN_FLAGS, 0));
}

static void empty(int fd);

static void remove_entry(int fd, const char *name)
{
	int below;

	if (os_unlink_at(fd, name, false) != -EISDIR)
		return;
	below = os_open_at(fd, name, OPEN_FLAGS, 0);
	if (below >= 0)
		empty(below);
	os_unlink_at(fd, name, true);
}

/* Empties a directory as far as it can, and closes fd. */
static void empty(int fd)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			remove_entry(fd, entry->d_name);
	if (directory)
		closedir(directory);
	else
		os_close(fd);
}

void tree_remove(int fd, const char *path)
{
	/* Opening "." gives a description of its own, which is read from the beginning. */
	int again = os_open_at(fd, ".", OPEN_FLAGS, 0);

	if (again >= 0)
		empty(again);
	if (os_is_same_file(fd, path))
		os_rmdir(path);
}
