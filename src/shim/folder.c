/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns how paths of ours begin, and which relative paths are completed to paths of the host. Most
 * need not be, because our folders are real ones; to complete one costs a readlink() of /proc. Two
 * kinds are: the attributes of sysfs that we open, and steps from a folder that is not ours into one
 * of ours.
 */
#include "shim.h"

#include <stdio.h>
#include <string.h>

bool shim_may_be_ours(const char *path)
{
	if (!path || path[0] != '/')
		return false;
	return !strncmp(path, "/sys", 4) || !strncmp(path, "/dev/vfio", 9) ||
	       !strncmp(path, "/dev/kvm", 8);
}

/* Joins the folder's real path and the relative path in the buffer of PATH_MAX bytes. */
static bool complete(int dirfd, const char *path, char *buffer)
{
	char link[64], folder[PATH_MAX];
	int saved = errno;
	ssize_t length;

	snprintf(link, sizeof(link), dirfd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", dirfd);
	length = real()->readlinkat(AT_FDCWD, link, folder, sizeof(folder) - 1);
	errno = saved;
	if (length <= 0)
		return false;
	folder[length] = '\0';
	return snprintf(buffer, PATH_MAX, "%s/%s", folder, path) < PATH_MAX;
}

/*
 * Returns whether an attribute of sysfs that we open may have this path. To look a relative path's
 * folder up costs 3.0 us, and an open with its close 2.1 us, so only these names are looked up: the
 * others cost 11 ns. Reading needs no help but for registers, because the mirror has the values.
 */
static bool may_be_attribute(const char *path, int flags)
{
	static const char *const written[] = {
		"bind", "config", "driver_override", "drivers_probe", "enable", "enable_sriov", "new_id", "remove",
		"remove_id", "rescan", "reset", "sriov_drivers_autoprobe", "sriov_numvfs", "sriov_vf_msix_count",
		"uevent", "unbind",
	};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	bool writes = (flags & O_ACCMODE) != O_RDONLY;

	for (size_t i = 0; writes && i < sizeof(written) / sizeof(written[0]); i++)
		if (name[0] == written[i][0] && !strcmp(name, written[i]))
			return true;
	return !strncmp(name, "resource", 8) && name[8] && !name[9];
}

const char *shim_attribute_path(int dirfd, const char *path, int flags, char *buffer)
{
	const char *directory = shim_directory();
	size_t below = directory ? strlen(directory) : 0;

	if (!below || !path || !path[0] || path[0] == '/' || !may_be_attribute(path, flags) ||
	    !complete(dirfd, path, buffer) || strncmp(buffer, directory, below) || !shim_may_be_ours(buffer + below))
		return NULL;
	return buffer + below;
}

/* udevadm walks so from / to the folder of a function, and opens each folder by O_PATH alone. */
bool shim_step_path(int dirfd, const char *path, int flags, char *buffer)
{
	return flags & O_PATH && path && path[0] && path[0] != '/' && complete(dirfd, path, buffer) &&
	       shim_may_be_ours(buffer);
}
