/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns what changes in the mirror during a run but for drivers: values, device nodes, and functions
 * that are removed and found again. A removed function's folder lies outside the tree meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "file/mirror.h"
#include "file/mirror_files.h"
#include "file/tree.h"
#include "util/os.h"

#define DEVICES "/sys/bus/pci/devices"
#define GROUPS  "/sys/kernel/iommu_groups"

void mirror_read_value(const char *directory, const char *address, const char *name, char *text, size_t size)
{
	char path[MIRROR_PATH_SIZE];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", address, name);
	mirror_read(directory, path, text, size);
}

int mirror_write_value(const char *directory, const char *address, const char *name, const char *text)
{
	char path[MIRROR_PATH_SIZE];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", address, name);
	return mirror_write(directory, path, 0644, text, strlen(text));
}

int mirror_show_node(const char *directory, int group, bool shows)
{
	char path[MIRROR_PATH_SIZE];
	int r;

	snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	if (shows)
		return mirror_has(directory, "%s", path) ? 0 : mirror_print(directory, path, 0644, "%s", "");
	r = mirror_unlink(directory, "%s", path);
	return r == -ENOENT ? 0 : r;
}

bool mirror_is_present(const char *directory, const char *address)
{
	return mirror_has(directory, DEVICES "/%s", address);
}

/* Moves what the tree has at this path out of it, or back. */
static int move(const char *directory, const char *path, const char *name, bool out)
{
	char inside[MIRROR_PATH_SIZE], outside[MIRROR_PATH_SIZE];

	snprintf(inside, sizeof(inside), "%s%s", directory, path);
	snprintf(outside, sizeof(outside), "%s/removed-%s", directory, name);
	return out ? os_rename_at(AT_FDCWD, inside, outside) : os_rename_at(AT_FDCWD, outside, inside);
}

static int move_function(const char *directory, const char *address, bool out)
{
	char path[MIRROR_PATH_SIZE];

	snprintf(path, sizeof(path), "/sys/devices/pci%.7s/%s", address, address);
	return move(directory, path, address, out);
}

static int move_group(const char *directory, int group, bool out)
{
	char path[MIRROR_PATH_SIZE], name[32];

	snprintf(path, sizeof(path), GROUPS "/%d", group);
	snprintf(name, sizeof(name), "group-%d", group);
	return move(directory, path, name, out);
}

void mirror_show_group(const char *directory, int group)
{
	move_group(directory, group, false);
}

static bool is_empty_group(const char *directory, int group)
{
	char path[MIRROR_PATH_SIZE];

	snprintf(path, sizeof(path), "%s" GROUPS "/%d/devices", directory, group);
	/* Only an empty folder can be removed. */
	return os_rmdir(path) == 0;
}

int mirror_hide_function(const char *directory, const char *address, int group)
{
	int r = move_function(directory, address, true);

	if (r)
		return r;
	mirror_unlink(directory, DEVICES "/%s", address);
	mirror_unlink(directory, GROUPS "/%d/devices/%s", group, address);
	if (is_empty_group(directory, group))
		move_group(directory, group, true);
	return 0;
}

int mirror_present_function(const char *directory, const char *address, int group)
{
	char target[MIRROR_PATH_SIZE];
	int r;

	if (mirror_is_present(directory, address))
		return 0;
	mirror_show_group(directory, group);
	r = mirror_directory(directory, GROUPS "/%d/devices", group);
	r = r ? r : move_function(directory, address, false);
	snprintf(target, sizeof(target), "../../../../devices/pci%.7s/%s", address, address);
	r = r ? r : mirror_link(directory, target, GROUPS "/%d/devices/%s", group, address);
	r = r ? r : mirror_link(directory, target + 3, DEVICES "/%s", address);
	r = r ? r : mirror_write_value(directory, address, "driver_override", "(null)\n");
	return r ? r : mirror_write_value(directory, address, "enable", "0\n");
}

static void remove_hidden(const char *directory, const char *name)
{
	char path[MIRROR_PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/removed-%s", directory, name);
	fd = tree_open(path);
	if (fd < 0)
		return;
	tree_remove(fd, path);
	os_close(fd);
}

void mirror_forget_function(const char *directory, const char *address, int group, bool is_last)
{
	char name[32];

	remove_hidden(directory, address);
	snprintf(name, sizeof(name), "group-%d", group);
	if (is_last)
		remove_hidden(directory, name);
}
