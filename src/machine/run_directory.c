/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte 0 of the state file is locked by all who need the directory, byte 1 by
 * programs. The kernel drops the locks of a process that is killed; a forked
 * child keeps its parent's.
 */
#include "machine/run_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file/mirror.h"
#include "util/os.h"

#define NAME_PREFIX "spapr-tce-run-"
#define NAME_LENGTH (sizeof(NAME_PREFIX "XXXXXX") - 1)
#define PATH_SIZE   512

enum { DIRECTORY_BYTE, PROGRAM_BYTE };

/* The state file of a dead run, locked against whoever would join it; -errno. Others' directories are not ours. */
static int seize(const char *directory)
{
	char path[PATH_SIZE];
	int fd, r;

	if (!os_is_own_directory(directory))
		return -EPERM;
	snprintf(path, sizeof(path), "%s/state", directory);
	fd = os_open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
	r = fd < 0 ? fd : os_lock_byte(fd, DIRECTORY_BYTE, true);
	if (r && fd >= 0)
		os_close(fd);
	return r ? r : fd;
}

static void sweep(const char *place)
{
	DIR *directory = opendir(place);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char path[PATH_SIZE];
		int fd;

		if (strncmp(entry->d_name, NAME_PREFIX, strlen(NAME_PREFIX)) || strlen(entry->d_name) != NAME_LENGTH)
			continue;
		snprintf(path, sizeof(path), "%s/%s", place, entry->d_name);
		fd = seize(path);
		if (fd < 0)
			continue;
		mirror_remove(path);
		os_close(fd);
	}
	if (directory)
		closedir(directory);
}

/* Memory is the best place: the first of these that takes a directory. */
int run_directory_make(char *path, size_t size)
{
	const char *places[] = { getenv("XDG_RUNTIME_DIR"), "/dev/shm", getenv("TMPDIR"), "/tmp" };

	for (unsigned int i = 0; i < ARRAY_COUNT(places); i++) {
		if (!places[i] || !*places[i])
			continue;
		sweep(places[i]);
		snprintf(path, size, "%s/" NAME_PREFIX "XXXXXX", places[i]);
		if (mkdtemp(path))
			return 0;
	}
	return -errno;
}

/* Under another name until it is held: without a state file nobody takes the directory for a dead one. */
int run_directory_begin(const char *directory, size_t state_size)
{
	char early[PATH_SIZE], path[PATH_SIZE];
	int fd, r;

	snprintf(early, sizeof(early), "%s/state.new", directory);
	snprintf(path, sizeof(path), "%s/state", directory);
	fd = os_open(early, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fd;
	r = os_ftruncate(fd, state_size);
	if (!r)
		r = os_lock_byte(fd, DIRECTORY_BYTE, false);
	if (!r)
		r = os_rename(early, path);
	if (!r)
		return os_move_high(fd);
	os_close(fd);
	return r;
}

int run_directory_join(const char *directory, bool *is_alone)
{
	char path[PATH_SIZE];
	int fd, r;

	snprintf(path, sizeof(path), "%s/state", directory);
	fd = os_open(path, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	r = os_lock_byte(fd, DIRECTORY_BYTE, false);
	if (r) {
		os_close(fd);
		return r;
	}
	*is_alone = os_lock_byte(fd, PROGRAM_BYTE, true) == 0;
	return os_move_high(fd);
}

void run_directory_joined(int fd)
{
	/* Busy for as long as somebody else finds out that he is alone. */
	while (os_lock_byte(fd, PROGRAM_BYTE, false) == -EAGAIN)
		os_yield();
}

bool run_directory_has_programs(int fd)
{
	return os_byte_is_locked(fd, PROGRAM_BYTE) == 1;
}
