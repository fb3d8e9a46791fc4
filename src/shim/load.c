/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the preload before the program's main(), and prepares everything that its calls need. A
 * program that has inherited files of ours over an exec attaches here. Without a run nothing is
 * done.
 */
#include "shim.h"

#include <stdlib.h>

static void adopt_inherited(void)
{
	DIR *list = real()->opendir("/proc/self/fd");
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(list))
			shim_arrived(atoi(entry->d_name));
	if (list)
		closedir(list);
}

__attribute__((constructor)) static void shim_load(void)
{
	int saved = errno;

	real();
	if (shim_directory()) {
		shim_learn_own_path();
		shim_learn_memory_owner();
		stce_on_wait(shim_wait);
		stce_in_handler(shim_in_handler);
		stce_on_mapping(shim_take_faults);
		shim_attach_at_fork();
		shim_leave_at_quick_exit();
		adopt_inherited();
	}
	errno = saved;
}
