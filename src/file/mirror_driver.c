/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the folders of drivers and the links that say which driver a function has. The link "driver"
 * of the function decides; the link in the driver's folder and the function's "uevent" follow it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file/mirror.h"
#include "file/mirror_files.h"
#include "util/os.h"

#define DEVICES "/sys/bus/pci/devices"
#define DRIVERS "/sys/bus/pci/drivers"

int mirror_add_driver(const char *directory, const char *driver)
{
	static const char *const files[] = { "bind", "new_id", "remove_id", "uevent", "unbind" };
	char path[MIRROR_PATH_SIZE];
	int r = mirror_directory(directory, DRIVERS "/%s", driver);

	for (unsigned int i = 0; i < ARRAY_COUNT(files) && !r; i++) {
		snprintf(path, sizeof(path), DRIVERS "/%s/%s", driver, files[i]);
		r = mirror_print(directory, path, 0200, "%s", "");
	}
	if (r || strcmp(driver, VFIO_PCI_DRIVER))
		return r;
	r = mirror_link(directory, "../../../../module/vfio_pci", DRIVERS "/vfio-pci/module");
	if (!r)
		r = mirror_link(directory, "../../../bus/pci/drivers/vfio-pci", "/sys/module/vfio_pci/drivers/pci:vfio-pci");
	return r == -EEXIST ? 0 : r;
}

/* Sets name to that of the function's driver. Returns its length, or -errno. */
static int read_driver(const char *directory, const char *address, char name[MIRROR_DRIVER_SIZE])
{
	char path[MIRROR_PATH_SIZE], target[MIRROR_PATH_SIZE];
	const char *slash;
	ssize_t length;

	snprintf(path, sizeof(path), "%s" DEVICES "/%s/driver", directory, address);
	length = os_readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return (int)length;
	target[length] = 0;
	slash = strrchr(target, '/');
	return slash ? snprintf(name, MIRROR_DRIVER_SIZE, "%s", slash + 1) : -EINVAL;
}

bool mirror_driver(const char *directory, const char *address, char name[MIRROR_DRIVER_SIZE])
{
	name[0] = 0;
	return read_driver(directory, address, name) > 0;
}

bool mirror_is_bound(const char *directory, const char *address, const char *driver)
{
	char name[MIRROR_DRIVER_SIZE];

	return read_driver(directory, address, name) >= 0 && !strcmp(name, driver);
}

/* Puts the line with the driver's name at the head of a function's "uevent", or takes it away. */
static int show_driver(const char *directory, const char *address, const char *driver)
{
	char path[MIRROR_PATH_SIZE], old[2048];
	const char *rest;
	int r;

	snprintf(path, sizeof(path), DEVICES "/%s/uevent", address);
	r = mirror_read(directory, path, old, sizeof(old));
	if (r)
		return r;
	rest = strstr(old, "PCI_CLASS=");
	return mirror_print(directory, path, 0644, "%s%s%s%s", driver[0] ? "DRIVER=" : "", driver,
			    driver[0] ? "\n" : "", rest ? rest : "");
}

int mirror_bind(const char *directory, const char *address, const char *driver)
{
	char target[MIRROR_PATH_SIZE];
	int r;

	snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
	r = mirror_link(directory, target, DEVICES "/%s/driver", address);
	if (r)
		return r;
	snprintf(target, sizeof(target), "../../../../devices/pci%.7s/%s", address, address);
	r = mirror_link(directory, target, DRIVERS "/%s/%s", driver, address);
	return r && r != -EEXIST ? r : show_driver(directory, address, driver);
}

int mirror_unbind(const char *directory, const char *address)
{
	char driver[MIRROR_DRIVER_SIZE] = "";
	int known = read_driver(directory, address, driver);
	int r = mirror_unlink(directory, DEVICES "/%s/driver", address);

	if (r)
		return r;
	if (known > 0)
		mirror_unlink(directory, DRIVERS "/%s/%s", driver, address);
	show_driver(directory, address, "");
	return 0;
}
