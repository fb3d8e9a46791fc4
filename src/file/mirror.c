/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements mirror.h. A device's iommu_group and a group's devices are links, as on Linux. Values
 * are written as sysfs prints them.
 */
#include "file/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/os.h"

#define PATH_SIZE 512
#define VFIO_PCI  "vfio-pci"

/* These paths of the host, and all paths below them, lead into the mirror. */
static const char *const roots[] = {
	"/sys/bus/pci/devices",
	"/sys/bus/pci/drivers",
	"/sys/kernel/iommu_groups",
	"/sys/class/vfio",
	"/dev/vfio",
};

const char *mirror_path(const char *directory, const char *path, char *buffer, size_t size)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(roots); i++) {
		size_t n = strlen(roots[i]);

		if (strncmp(path, roots[i], n) || (path[n] && path[n] != '/'))
			continue;
		if ((size_t)snprintf(buffer, size, "%s%s", directory, path) < size)
			return buffer;
	}
	return path;
}

__attribute__((format(printf, 2, 3)))
static int make_directory(const char *directory, const char *format, ...)
{
	char path[PATH_SIZE];
	int n = snprintf(path, sizeof(path), "%s", directory);
	va_list args;
	int r;

	va_start(args, format);
	vsnprintf(path + n, sizeof(path) - (size_t)n, format, args);
	va_end(args);
	r = os_mkdir(path, 0755);
	return r == -EEXIST ? 0 : r;
}

static int write_file(const char *directory, const char *name, const char *text)
{
	char path[PATH_SIZE];
	int fd, r;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = os_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return fd;
	r = (int)os_write(fd, text, strlen(text));
	os_close(fd);
	/* A file system that is nearly full may write only a part. */
	return r < 0 ? r : r == (int)strlen(text) ? 0 : -ENOSPC;
}

__attribute__((format(printf, 3, 4)))
static int write_value(const char *directory, const char *name, const char *format, ...)
{
	char text[PATH_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return write_file(directory, name, text);
}

int mirror_create(const char *directory)
{
	static const char *const directories[] = {
		"/dev", "/dev/vfio", "/sys", "/sys/bus", "/sys/bus/pci", "/sys/bus/pci/devices",
		"/sys/bus/pci/drivers", ("/sys/bus/pci/drivers/" VFIO_PCI), "/sys/kernel",
		"/sys/kernel/iommu_groups", "/sys/class", "/sys/class/vfio",
	};
	int r = 0;

	for (unsigned int i = 0; i < ARRAY_COUNT(directories) && !r; i++)
		r = make_directory(directory, "%s", directories[i]);
	return r ? r : write_file(directory, "dev/vfio/vfio", "");
}

/* Each line has start, end and flags of a BAR; the addresses only need to differ. */
static int write_resources(const char *device, const struct mirror_function *fn)
{
	char text[PATH_SIZE] = "";
	uint64_t start = UINT64_C(0x6000000000000);
	size_t n = 0;

	for (unsigned int i = 0; i < fn->bar_count; i++) {
		uint64_t size = fn->bar_size[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "0x%016llx 0x%016llx 0x%016x\n",
				      size ? (unsigned long long)start : 0,
				      size ? (unsigned long long)(start + size - 1) : 0,
				      size ? 0x140204 : 0);
		start += align_up(size, 64 * KIB);
	}
	return write_file(device, "resource", text);
}

static bool is_vfio(const struct mirror_function *fn)
{
	return !strcmp(fn->driver, VFIO_PCI);
}

static int write_identity(const char *device, const struct mirror_function *fn)
{
	int r = write_value(device, "vendor", "0x%04x\n", fn->vendor);

	r = r ? r : write_value(device, "device", "0x%04x\n", fn->device);
	r = r ? r : write_value(device, "subsystem_vendor", "0x%04x\n", fn->subsystem_vendor);
	r = r ? r : write_value(device, "subsystem_device", "0x%04x\n", fn->subsystem);
	r = r ? r : write_value(device, "class", "0x%06x\n", fn->class_code);
	r = r ? r : write_value(device, "numa_node", "%d\n", fn->numa_node);
	r = r ? r : write_value(device, "driver_override", "%s\n", is_vfio(fn) ? VFIO_PCI : "(null)");
	return r ? r : write_resources(device, fn);
}

static int link_to(const char *target, const char *directory, const char *name)
{
	char path[PATH_SIZE];
	int r;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	r = os_symlink(target, path);
	return r == -EEXIST ? 0 : r;
}

static void driver_link(const char *directory, const char *address, char *path)
{
	snprintf(path, PATH_SIZE, "%s/sys/bus/pci/devices/%s/driver", directory, address);
}

bool mirror_is_bound(const char *directory, const char *address, const char *driver)
{
	char path[PATH_SIZE], target[PATH_SIZE];
	const char *slash;
	ssize_t length;

	driver_link(directory, address, path);
	length = os_readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = 0;
	slash = strrchr(target, '/');
	return slash && !strcmp(slash + 1, driver);
}

int mirror_bind(const char *directory, const char *address, const char *driver)
{
	char path[PATH_SIZE], target[PATH_SIZE];

	driver_link(directory, address, path);
	snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s", driver);
	return os_symlink(target, path);
}

int mirror_unbind(const char *directory, const char *address)
{
	char path[PATH_SIZE];

	driver_link(directory, address, path);
	return os_unlink(path);
}

/* Makes the folder of a driver. vfio/host_driver.c handles writes to bind and unbind. */
static int add_driver(const char *directory, const struct mirror_function *fn)
{
	char driver[PATH_SIZE];
	int r = make_directory(directory, "/sys/bus/pci/drivers/%s", fn->driver);

	snprintf(driver, sizeof(driver), "%s/sys/bus/pci/drivers/%s", directory, fn->driver);
	if (is_vfio(fn))
		return r;
	r = r ? r : write_file(driver, "bind", "");
	return r ? r : write_file(driver, "unbind", "");
}

int mirror_add_function(const char *directory, const struct mirror_function *fn)
{
	char device[PATH_SIZE], group[PATH_SIZE], target[PATH_SIZE], node[64];
	int r;

	snprintf(device, sizeof(device), "%s/sys/bus/pci/devices/%s", directory, fn->address);
	snprintf(group, sizeof(group), "%s/sys/kernel/iommu_groups/%d", directory, fn->group);
	r = make_directory(directory, "/sys/bus/pci/devices/%s", fn->address);
	r = r ? r : make_directory(directory, "/sys/kernel/iommu_groups/%d", fn->group);
	r = r ? r : make_directory(directory, "/sys/kernel/iommu_groups/%d/devices", fn->group);
	r = r ? r : write_identity(device, fn);
	snprintf(target, sizeof(target), "../../../../kernel/iommu_groups/%d", fn->group);
	r = r ? r : link_to(target, device, "iommu_group");
	r = r ? r : add_driver(directory, fn);
	r = r ? r : mirror_bind(directory, fn->address, fn->driver);
	r = r == -EEXIST ? 0 : r;
	r = r ? r : link_to("../../../../bus/pci", device, "subsystem");
	snprintf(target, sizeof(target), "../../../../bus/pci/devices/%s", fn->address);
	snprintf(node, sizeof(node), "devices/%s", fn->address);
	r = r ? r : link_to(target, group, node);
	snprintf(node, sizeof(node), "dev/vfio/%d", fn->group);
	return r || !is_vfio(fn) ? r : write_file(directory, node, "");
}
