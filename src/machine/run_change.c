/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of a change of a live run: the check that it moves no window, the line by which programs learn
 * of it (plug.c), and a function's place in the mirror. A change is made under the lock of sysfs.
 */
#include "machine/run_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "machine/run_directory.h"
#include "machine/run_mirror.h"
#include "machine/run_nodes.h"
#include "util/os.h"

/* The line is written at once, so that no program reads a part. */
int machine_publish(struct stce_machine *machine, const char *option, const char *value)
{
	char path[FILE_PATH_SIZE + 32], line[PATH_MAX];
	int length = snprintf(line, sizeof(line), "%s %s\n", option, value), fd, r;

	if (length >= (int)sizeof(line))
		return -ENAMETOOLONG;
	snprintf(path, sizeof(path), "%s/config", machine->directory);
	fd = os_open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	r = (int)os_write(fd, line, (size_t)length);
	os_close(fd);
	if (r != length)
		return r < 0 ? r : -ENOSPC;
	atomic_fetch_add(machine->plugged, 1);
	return 0;
}

int machine_check_groups(const struct stce_config *config, unsigned int before, unsigned int now, char *why)
{
	const struct host_platform *platform = config->platform;
	struct host_dma32 old, new;

	for (unsigned int i = 0; i < before && now > before; i++)
		if (!platform->assign_dma32(i, before, &old) || !platform->assign_dma32(i, now, &new) ||
		    old.start != new.start || old.size != new.size)
			return config_why(why, -EOPNOTSUPP, "%s divides its 32-bit space among the groups when it starts, so "
					  "a function can only join a group that is there", platform->name);
	return 0;
}

static bool has_others(const struct stce_config *config, const char *address, int group)
{
	for (unsigned int i = 0; i < config->function_count; i++)
		if (!config->function[i].is_gone && config->function[i].group == group &&
		    strcmp(config->function[i].address, address))
			return true;
	return false;
}

void machine_forget(const struct stce_machine *machine, const char *address, int group)
{
	char path[FILE_PATH_SIZE + 32];

	mirror_forget_function(machine->directory, address, group, !has_others(machine->config, address, group));
	snprintf(path, sizeof(path), "%s/mem-%s", machine->directory, address);
	os_unlink(path);
}

int machine_show(struct stce_machine *machine, const struct machine_function *fn, char *why)
{
	int directory = os_open(machine->directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	int r = directory < 0 ? directory : run_mirror_add(machine->directory, machine, fn);

	r = r ? r : run_nodes_add(machine->config, fn->index, directory, run_directory_is_open(), why);
	if (directory >= 0)
		os_close(directory);
	return r;
}
