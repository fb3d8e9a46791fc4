/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the ids that programs have added to drivers by new_id. All programs of a run share them: a
 * file of the run's directory has one line for each.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "abi/endian.h"
#include "file/mirror_files.h"
#include "util/reason.h"
#include "vfio/driver_ids.h"

#define IDS_SIZE 4000
#define ANY      0xffffffff

struct id {
	unsigned int vendor, device, subsystem_vendor, subsystem, class_code, class_mask;
	unsigned long data;
};

/* Returns how many numbers the text has. */
static int parse(const char *text, struct id *id)
{
	*id = (struct id){ .subsystem_vendor = ANY, .subsystem = ANY };
	return sscanf(text, "%x %x %x %x %x %x %lx", &id->vendor, &id->device, &id->subsystem_vendor, &id->subsystem,
		      &id->class_code, &id->class_mask, &id->data);
}

static void ids_path(char path[MIRROR_PATH_SIZE], const char *driver)
{
	snprintf(path, MIRROR_PATH_SIZE, "/ids-%s", driver);
}

static void read_ids(const struct vfio_host *host, const char *driver, char text[IDS_SIZE])
{
	char path[MIRROR_PATH_SIZE];

	ids_path(path, driver);
	mirror_read(host->space->directory, path, text, IDS_SIZE);
}

static int write_ids(const struct vfio_host *host, const char *driver, const char *text)
{
	char path[MIRROR_PATH_SIZE];

	ids_path(path, driver);
	return mirror_write(host->space->directory, path, 0644, text, strlen(text));
}

static bool is_same(unsigned int wanted, unsigned int value)
{
	return wanted == ANY || wanted == value;
}

/* [linux pci_match_one_device] */
static bool names(const struct id *id, const struct id *device)
{
	return is_same(id->vendor, device->vendor) && is_same(id->device, device->device) &&
	       is_same(id->subsystem_vendor, device->subsystem_vendor) && is_same(id->subsystem, device->subsystem) &&
	       !((id->class_code ^ device->class_code) & id->class_mask);
}

/* Returns the first line of the text that names the device, or NULL. */
static char *find_line(char *text, const struct id *device)
{
	struct id id;

	for (char *line = text; *line; line += strcspn(line, "\n") + 1)
		if (parse(line, &id) >= 2 && names(&id, device))
			return line;
	return NULL;
}

static unsigned int get16(const struct function *fn, unsigned int at)
{
	return le16_at(&fn->config.value[at]);
}

bool vfio_driver_has_id(const struct vfio_host_function *fn, const char *driver)
{
	const struct function *f = fn->function;
	const struct id device = {
		.vendor = get16(f, PCI_VENDOR_ID),
		.device = get16(f, PCI_DEVICE_ID),
		.subsystem_vendor = get16(f, PCI_SUBSYSTEM_VENDOR_ID),
		.subsystem = get16(f, PCI_SUBSYSTEM_ID),
		.class_code = f->config.value[PCI_CLASS_PROG] | get16(f, PCI_CLASS_DEVICE) << 8,
	};
	char text[IDS_SIZE];

	read_ids(fn->group->host, driver, text);
	return find_line(text, &device);
}

int vfio_new_id(struct vfio_host *host, const char *driver, const char *text)
{
	char ids[IDS_SIZE];
	struct id id;
	int count = parse(text, &id);
	size_t end, room;

	if (count < 2)
		return REASON(-EINVAL, "an id has at least a vendor and a device");
	read_ids(host, driver, ids);
	/* With seven numbers Linux does not look for the same id. The only data of a table is 0. */
	if (count != 7 && find_line(ids, &id))
		return REASON(-EEXIST, "%s has this id", driver);
	if (id.data)
		return REASON(-EINVAL, "no id of %s has this data", driver);
	end = strlen(ids);
	room = sizeof(ids) - end;
	if ((size_t)snprintf(ids + end, room, "%x %x %x %x %x %x 0\n", id.vendor, id.device, id.subsystem_vendor,
			     id.subsystem, id.class_code, id.class_mask) >= room)
		return REASON(-ENOMEM, "%s has too many ids", driver);
	return write_ids(host, driver, ids);
}

/* [linux remove_id_store] Takes the first id away that has these numbers. */
int vfio_remove_id(struct vfio_host *host, const char *driver, const char *text)
{
	char ids[IDS_SIZE], *end;
	struct id wanted, id;

	if (parse(text, &wanted) < 2)
		return REASON(-EINVAL, "an id has at least a vendor and a device");
	read_ids(host, driver, ids);
	for (char *line = ids; *line; line = end) {
		end = line + strcspn(line, "\n");
		end += *end != 0;
		if (parse(line, &id) < 2 || id.vendor != wanted.vendor || id.device != wanted.device ||
		    !is_same(wanted.subsystem_vendor, id.subsystem_vendor) ||
		    !is_same(wanted.subsystem, id.subsystem) || (id.class_code ^ wanted.class_code) & wanted.class_mask)
			continue;
		memmove(line, end, strlen(end) + 1);
		return write_ids(host, driver, ids);
	}
	return REASON(-ENODEV, "%s has no such id", driver);
}
