/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a write to a file of sysfs does, with the checks of Linux in their order. vfio/bind.h owns
 * drivers and file/mirror.h the values that files show. The caller has locked sysfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/os.h"
#include "util/reason.h"
#include "vfio/attribute.h"
#include "vfio/bind.h"
#include "vfio/driver_ids.h"
#include "vfio/sysfs.h"

#define VALUE_SIZE 4096

/* [linux sysfs_streq] One line end behind a name is not part of it. */
static char *name_in(char *text)
{
	size_t length = strlen(text);

	if (length && text[length - 1] == '\n')
		text[length - 1] = 0;
	return text;
}

/* [linux kstrtoul] */
static int number_in(char *text, unsigned long *value)
{
	char *end;

	name_in(text);
	errno = 0;
	*value = strtoul(text, &end, 0);
	if (end == text || *end || *text == '-' || *text == ' ' || errno)
		return REASON(-EINVAL, "\"%s\" is no number", text);
	return 0;
}

/* Finds the function whose address is the text. */
static int function_in(const struct vfio_attribute *attribute, char *text, struct vfio_host_function **fn)
{
	*fn = vfio_bind_find(attribute->host, name_in(text));
	return *fn ? 0 : REASON(-ENODEV, "there is no function \"%s\"", text);
}

static int bind(struct vfio_attribute *attribute, char *text)
{
	struct vfio_host_function *fn;
	int r = function_in(attribute, text, &fn);

	return r ? r : vfio_bind(fn, attribute->driver);
}

static int unbind(struct vfio_attribute *attribute, char *text)
{
	struct vfio_host_function *fn;
	int r = function_in(attribute, text, &fn);

	return r ? r : vfio_unbind(fn, attribute->driver);
}

static int new_id(struct vfio_attribute *attribute, char *text)
{
	int r = vfio_new_id(attribute->host, attribute->driver, text);

	if (!r)
		vfio_bind_all(attribute->host, attribute->driver);
	return r;
}

static int remove_id(struct vfio_attribute *attribute, char *text)
{
	return vfio_remove_id(attribute->host, attribute->driver, text);
}

static int drivers_probe(struct vfio_attribute *attribute, char *text)
{
	struct vfio_host_function *fn;
	int r = function_in(attribute, text, &fn);

	if (!r)
		vfio_probe(fn);
	return r;
}

/* [linux driver_set_override] The text ends at its first line end; without one it is cleared. */
static int driver_override(struct vfio_attribute *attribute, char *text)
{
	char value[VALUE_SIZE + 1];

	if (strlen(text) >= VALUE_SIZE - 1)
		return REASON(-EINVAL, "the name is too long");
	/* [linux] Nothing is written by a write of no bytes, so that the text is never empty. */
	text[strcspn(text, "\n")] = 0;
	snprintf(value, sizeof(value), "%s\n", text[0] ? text : "(null)");
	return mirror_write_value(attribute->host->space->directory, attribute->function->address, "driver_override", value);
}

/* All functions that were removed come back. */
static int rescan(struct vfio_attribute *attribute, char *text)
{
	const char *directory = attribute->host->space->directory;
	unsigned long value;
	int r = number_in(text, &value);

	for (struct vfio_host_function *fn = value && !r ? vfio_next_function(attribute->host, NULL) : NULL; fn && !r;
	     fn = vfio_next_function(attribute->host, fn)) {
		/* [linux pci_scan_slot] A virtual function answers no scan. */
		if (mirror_is_present(directory, fn->address) || fn->function->physical)
			continue;
		r = mirror_present_function(directory, fn->address, fn->group->pe->group);
		if (!r)
			vfio_probe(fn);
	}
	return r;
}

static int remove_function(struct vfio_attribute *attribute, char *text)
{
	unsigned long value;
	int r = number_in(text, &value);

	return r || !value ? r : vfio_remove(attribute->function);
}

/* A function that no program uses is in the state in which a reset leaves it. */
static int reset(struct vfio_attribute *attribute, char *text)
{
	struct vfio_group *group = attribute->function->group;
	unsigned long value;
	int r = number_in(text, &value);

	if (r)
		return r;
	if (value != 1)
		return REASON(-EINVAL, "only 1 resets a function");
	if (vfio_group_is_ours(group)) {
		function_reset(attribute->function->function);
		return 0;
	}
	r = vfio_group_is_attached(group);
	return r > 0 ? REASON(-EBUSY, "another process drives the group [DIFF-60]") : r;
}

static int enable(struct vfio_attribute *attribute, char *text)
{
	const char *directory = attribute->host->space->directory, *address = attribute->function->address;
	char driver[MIRROR_DRIVER_SIZE], count[32];
	unsigned long value, now;
	int r = number_in(text, &value);

	if (r)
		return r;
	if (mirror_driver(directory, address, driver))
		return REASON(-EBUSY, "%s has the function", driver);
	mirror_read_value(directory, address, "enable", count, sizeof(count));
	now = strtoul(count, NULL, 10);
	if (!value && !now)
		return REASON(-EIO, "the function is not enabled");
	snprintf(count, sizeof(count), "%lu\n", value ? now + 1 : now - 1);
	return mirror_write_value(directory, address, "enable", count);
}

/* [linux kobject_synth_uevent] Nobody listens to the events. */
static int uevent(struct vfio_attribute *attribute, char *text)
{
	static const char *const actions[] = { "add", "remove", "change", "move", "online", "offline", "bind", "unbind" };
	size_t length = strcspn(text, " \n");

	for (unsigned int i = 0; i < ARRAY_COUNT(actions); i++)
		if (strlen(actions[i]) == length && !strncmp(text, actions[i], length))
			return 0;
	return REASON(-EINVAL, "\"%s\" is no action", text);
}

/* [DIFF-61] The file shows what is written through it; a program that drives the function keeps its own. */
static ssize_t write_config(struct vfio_attribute *attribute, const uint8_t *bytes, size_t size, uint64_t offset)
{
	const struct pci_config *config = &attribute->function->function->config;
	uint8_t now[PCI_CONFIG_SIZE];
	ssize_t r;
	int fd;

	if (offset >= PCI_CONFIG_SIZE)
		return 0;
	size = (size_t)min_u64(size, PCI_CONFIG_SIZE - offset);
	fd = vfio_sysfs_open(attribute->host, attribute->path, O_RDWR);
	if (fd < 0)
		return fd;
	r = os_pread(fd, now, size, offset);
	for (size_t i = 0; r == (ssize_t)size && i < size; i++)
		now[i] = (uint8_t)((now[i] & ~config->writable[offset + i]) | (bytes[i] & config->writable[offset + i]));
	if (r == (ssize_t)size)
		r = os_pwrite(fd, now, size, offset);
	os_close(fd);
	return r;
}

/*
 * [DIFF-62] The registers of a BAR cannot be mapped, so a program must not take the mirror's file for
 * them. Linux opens it, maps the registers and answers EIO to read(2) and write(2).
 */
const struct vfio_attribute_kind vfio_attribute_kinds[] = {
	{ ATTRIBUTE_OF_BUS, "drivers_probe", 0200, drivers_probe, NULL, false },
	{ ATTRIBUTE_OF_BUS, "rescan", 0200, rescan, NULL, false },
	{ ATTRIBUTE_OF_DRIVER, "bind", 0200, bind, NULL, false },
	{ ATTRIBUTE_OF_DRIVER, "unbind", 0200, unbind, NULL, false },
	{ ATTRIBUTE_OF_DRIVER, "new_id", 0200, new_id, NULL, false },
	{ ATTRIBUTE_OF_DRIVER, "remove_id", 0200, remove_id, NULL, false },
	{ ATTRIBUTE_OF_DRIVER, "uevent", 0200, uevent, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "config", 0644, NULL, write_config, false },
	{ ATTRIBUTE_OF_FUNCTION, "driver_override", 0644, driver_override, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "enable", 0644, enable, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "remove", 0220, remove_function, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "rescan", 0200, rescan, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "reset", 0200, reset, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "resource0", 0600, NULL, NULL, true },
	{ ATTRIBUTE_OF_FUNCTION, "resource1", 0600, NULL, NULL, true },
	{ ATTRIBUTE_OF_FUNCTION, "resource2", 0600, NULL, NULL, true },
	{ ATTRIBUTE_OF_FUNCTION, "resource3", 0600, NULL, NULL, true },
	{ ATTRIBUTE_OF_FUNCTION, "resource4", 0600, NULL, NULL, true },
	{ ATTRIBUTE_OF_FUNCTION, "resource5", 0600, NULL, NULL, true },
	{ ATTRIBUTE_OF_FUNCTION, "uevent", 0644, uevent, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "sriov_numvfs", 0644, vfio_store_numvfs, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "sriov_drivers_autoprobe", 0644, vfio_store_autoprobe, NULL, false },
	{ ATTRIBUTE_OF_FUNCTION, "sriov_vf_msix_count", 0200, vfio_store_msix_count, NULL, false },
	{ ATTRIBUTE_OF_VFIO, "enable_sriov", 0644, vfio_store_enable_sriov, NULL, false },
};

const unsigned int vfio_attribute_kind_count = ARRAY_COUNT(vfio_attribute_kinds);
