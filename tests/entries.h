/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts what a folder has: of /proc/self/fd the descriptors of a process, of /proc/self/task its threads. */
#ifndef STCE_TESTS_ENTRIES_H
#define STCE_TESTS_ENTRIES_H

#include <dirent.h>
#include <stdlib.h>

/* Names that begin with a point are left out. Looking into /proc/self/fd takes a descriptor, which counts. */
static inline unsigned int count_entries(const char *folder)
{
	DIR *list = opendir(folder);
	const struct dirent *entry;
	unsigned int count = 0;

	if (!list)
		abort();
	while ((entry = readdir(list)))
		count += entry->d_name[0] != '.';
	closedir(list);
	return count;
}

#endif
