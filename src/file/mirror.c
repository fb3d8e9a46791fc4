/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns which paths lead into the mirror, and the folders and files that every host has. Values and
 * permissions are those of a PowerNV host with Linux 6.12.
 */
#include "file/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "file/mirror_files.h"
#include "util/os.h"

/*
 * These paths of the host lead into the mirror, and all paths below them. A root that ends with
 * "pci" stands for all names that begin so.
 */
static const char *const roots[] = {
	"/sys/bus/pci",
	"/sys/devices/pci",
	"/sys/kernel/iommu_groups",
	"/sys/class/vfio",
	"/sys/module/vfio",
	"/sys/module/vfio_iommu_spapr_tce",
	"/sys/module/vfio_pci",
	"/dev/vfio",
};

static bool is_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	return !strncmp(path, root, n) && (!path[n] || path[n] == '/' || !strcmp(root, "/sys/devices/pci"));
}

const char *mirror_path(const char *directory, const char *path, char *buffer, size_t size)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(roots); i++)
		if (is_below(path, roots[i]) && (size_t)snprintf(buffer, size, "%s%s", directory, path) < size)
			return buffer;
	return path;
}

int mirror_resolve(const char *directory, const char *path, char *buffer, size_t size)
{
	char full[MIRROR_PATH_SIZE], link[64];
	size_t below = strlen(directory);
	ssize_t length;
	int fd;

	if (mirror_path(directory, path, full, sizeof(full)) == path)
		return -ENOENT;
	fd = os_open(full, O_PATH | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = os_readlink(link, full, sizeof(full) - 1);
	os_close(fd);
	if (length < 0)
		return (int)length;
	full[length] = 0;
	if (strncmp(full, directory, below) || full[below] != '/')
		return -ENOENT;
	return (size_t)snprintf(buffer, size, "%s", full + below) < size ? 0 : -ENAMETOOLONG;
}

static const char *const directories[] = {
	"/dev", "/dev/vfio", "/sys", "/sys/bus", "/sys/bus/pci", "/sys/bus/pci/devices", "/sys/bus/pci/drivers",
	"/sys/bus/pci/slots", "/sys/class", "/sys/class/vfio", "/sys/devices", "/sys/kernel", "/sys/kernel/iommu_groups",
	"/sys/module", "/sys/module/vfio", "/sys/module/vfio_iommu_spapr_tce", "/sys/module/vfio_pci",
	"/sys/module/vfio_pci/drivers", "/sys/module/vfio_pci/parameters",
};

/*
 * A kernel without CONFIG_VFIO_NOIOMMU, as POWER's distributions have it, has no
 * vfio/parameters/enable_unsafe_noiommu_mode.
 */
static const struct {
	const char *path;
	unsigned int mode;
	const char *text;
} files[] = {
	{ "/dev/vfio/vfio", 0644, "" },
	{ "/sys/bus/pci/drivers_autoprobe", 0644, "1\n" },
	{ "/sys/bus/pci/drivers_probe", 0200, "" },
	{ "/sys/bus/pci/rescan", 0200, "" },
	{ "/sys/module/vfio/initstate", 0444, "live\n" },
	{ "/sys/module/vfio_iommu_spapr_tce/initstate", 0444, "live\n" },
	{ "/sys/module/vfio_pci/initstate", 0444, "live\n" },
	{ "/sys/module/vfio_pci/parameters/disable_denylist", 0444, "N\n" },
	{ "/sys/module/vfio_pci/parameters/disable_idle_d3", 0644, "N\n" },
	{ "/sys/module/vfio_pci/parameters/enable_sriov", 0644, "N\n" },
	{ "/sys/module/vfio_pci/parameters/nointxmask", 0644, "N\n" },
};

int mirror_create(const char *directory)
{
	int r = 0;

	for (unsigned int i = 0; i < ARRAY_COUNT(directories) && !r; i++)
		r = mirror_directory(directory, "%s", directories[i]);
	for (unsigned int i = 0; i < ARRAY_COUNT(files) && !r; i++)
		r = mirror_print(directory, files[i].path, files[i].mode, "%s", files[i].text);
	return r ? r : mirror_add_driver(directory, VFIO_PCI_DRIVER);
}
