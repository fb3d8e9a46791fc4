/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a write to the files of sysfs about virtual functions does, with the checks of Linux in their order
 * [linux drivers/pci/iov.c]. The machine makes the functions. The caller has locked sysfs.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/reason.h"
#include "vfio/attribute.h"
#include "vfio/bind.h"

#define IGB_DRIVER "igb"

/* [linux kstrtou16, kstrtoint] A number above `most` is a bad one, like any other text; a newline may follow. */
static int number_in(char *text, unsigned long most, const char *what, unsigned long *value)
{
	size_t length = strlen(text), sign = *text == '+';
	char *end;

	if (length && text[length - 1] == '\n')
		text[length - 1] = 0;
	errno = 0;
	*value = strtoul(text + sign, &end, 0);
	if (!isdigit((unsigned char)text[sign]) || *end || errno || *value > most)
		return REASON(-EINVAL, "\"%s\" is no number of %s", text, what);
	return 0;
}

/* Linux's igb can make virtual functions, and vfio-pci if enable_sriov is on [linux vfio_pci_sriov_configure]. */
static int check_driver(const struct vfio_host_function *fn)
{
	const char *directory = vfio_directory_of(fn);
	char driver[MIRROR_DRIVER_SIZE];

	if (!mirror_driver(directory, fn->address, driver))
		return REASON(-ENOENT, "%s has no driver that could make virtual functions", fn->address);
	if (!strcmp(driver, VFIO_PCI_DRIVER))
		return mirror_vfio_has_sriov(directory) ? 0 :
		       REASON(-ENOENT, "the driver vfio-pci makes no virtual functions unless its parameter enable_sriov is on");
	if (strcmp(driver, IGB_DRIVER))
		return REASON(-ENOENT, "the driver %s makes no virtual functions", driver);
	return 0;
}

int vfio_store_numvfs(struct vfio_attribute *attribute, char *text)
{
	struct vfio_host_function *fn = attribute->function;
	const char *directory = vfio_directory_of(fn);
	unsigned int total = mirror_total_vfs(directory, fn->address), now = mirror_vfs(directory, fn->address);
	unsigned long value;
	int r = number_in(text, UINT16_MAX, "functions", &value);

	if (r)
		return r;
	if (value > total)
		return REASON(-ERANGE, "%s has at most %u virtual functions", fn->address, total);
	if (value == now)
		return 0;
	r = check_driver(fn);
	if (r)
		return r;
	if (!value)
		return vfio_remove_vfs(fn);
	if (now)
		return REASON(-EBUSY, "%s has %u virtual functions, which must be removed first", fn->address, now);
	return attribute->host->set_vfs(attribute->host->space->owner, fn->address, (unsigned int)value);
}

/* [linux kstrtobool] */
static int switch_in(const char *text, bool *value)
{
	*value = false;
	if (strchr("yYtT1", *text) && *text)
		*value = true;
	else if (strchr("nNfF0", *text) && *text)
		return 0;
	else if (strchr("oO", *text) && *text && strchr("nNfF", text[1]) && text[1])
		*value = strchr("nN", text[1]);
	else
		return REASON(-EINVAL, "\"%s\" is neither on nor off", text);
	return 0;
}

int vfio_store_autoprobe(struct vfio_attribute *attribute, char *text)
{
	bool value;
	int r = switch_in(text, &value);

	return r ? r : mirror_write_value(vfio_directory_of(attribute->function), attribute->function->address,
					  "sriov_drivers_autoprobe", value ? "1\n" : "0\n");
}

/* [linux sriov_vf_msix_count_store] The card's vectors cannot be moved from one function to another. */
int vfio_store_msix_count(struct vfio_attribute *attribute, char *text)
{
	unsigned long value;
	int r = number_in(text, INT_MAX, "vectors", &value);

	return r ? r : REASON(-EOPNOTSUPP, "%s has a fixed number of vectors", attribute->function->address);
}

int vfio_store_enable_sriov(struct vfio_attribute *attribute, char *text)
{
	bool value;
	int r = switch_in(text, &value);

	return r ? r : mirror_set_vfio_sriov(attribute->host->space->directory, value);
}
