/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns what the mirror says of virtual functions: the files of a physical function that tell how many it
 * can have and has, and the links between both [linux drivers/pci/iov.c, ABI/testing/sysfs-bus-pci]. The
 * numbers are those of the SR-IOV capability in the function's config space.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/endian.h"
#include "file/mirror.h"
#include "file/mirror_files.h"

#define DEVICES      "/sys/bus/pci/devices"
#define ENABLE_SRIOV "/sys/module/vfio_pci/parameters/enable_sriov"
#define FIRST_EXTENDED 0x100u

/* Returns where the capability is, or 0. The list of a config space that we have made has an end. */
static unsigned int find_sriov(const struct mirror_function *fn)
{
	unsigned int at = FIRST_EXTENDED;

	while (at && at + PCI_EXT_CAP_SRIOV_SIZEOF <= fn->config_size) {
		uint32_t header = le16_at(&fn->config[at]) | (uint32_t)le16_at(&fn->config[at + 2]) << 16;

		if (PCI_EXT_CAP_ID(header) == PCI_EXT_CAP_ID_SRIOV)
			return at;
		at = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

static int put(const char *directory, const char *address, const char *name, unsigned int mode, const char *text)
{
	char path[MIRROR_PATH_SIZE];

	snprintf(path, sizeof(path), "/sys/devices/pci%.7s/%s/%s", address, address, name);
	return mirror_print(directory, path, mode, "%s", text);
}

static int put_number(const char *directory, const struct mirror_function *fn, const char *name, const char *format,
		      unsigned int at)
{
	char text[16];

	snprintf(text, sizeof(text), format, le16_at(&fn->config[at]));
	return put(directory, fn->address, name, 0444, text);
}

int mirror_add_physical(const char *directory, const struct mirror_function *fn)
{
	unsigned int at = find_sriov(fn);
	int r;

	if (!at)
		return 0;
	r = put_number(directory, fn, "sriov_totalvfs", "%u\n", at + PCI_SRIOV_TOTAL_VF);
	r = r ? r : put_number(directory, fn, "sriov_offset", "%u\n", at + PCI_SRIOV_VF_OFFSET);
	r = r ? r : put_number(directory, fn, "sriov_stride", "%u\n", at + PCI_SRIOV_VF_STRIDE);
	r = r ? r : put_number(directory, fn, "sriov_vf_device", "%x\n", at + PCI_SRIOV_VF_DID);
	r = r ? r : put(directory, fn->address, "sriov_vf_total_msix", 0444, "0\n");
	r = r ? r : put(directory, fn->address, "sriov_drivers_autoprobe", 0644, "1\n");
	return r ? r : put(directory, fn->address, "sriov_numvfs", 0644, "0\n");
}

/* Both are on one bus, or each is on a bus of its own. */
static int link_to(const char *directory, const char *address, const char *name, const char *to)
{
	char target[MIRROR_PATH_SIZE];

	if (strncmp(address, to, sizeof("0000:01:") - 1))
		snprintf(target, sizeof(target), "../../pci%.7s/%s", to, to);
	else
		snprintf(target, sizeof(target), "../%s", to);
	return mirror_link(directory, target, "/sys/devices/pci%.7s/%s/%s", address, address, name);
}

int mirror_add_virtual(const char *directory, const struct mirror_function *fn)
{
	char name[32];
	int r;

	if (!fn->physical)
		return 0;
	snprintf(name, sizeof(name), "virtfn%u", fn->number);
	r = put(directory, fn->address, "sriov_vf_msix_count", 0200, "");
	r = r ? r : link_to(directory, fn->address, "physfn", fn->physical);
	r = r ? r : link_to(directory, fn->physical, name, fn->address);
	return r ? r : mirror_set_vfs(directory, fn->physical, fn->number + 1);
}

void mirror_forget_virtual(const char *directory, const char *physical, unsigned int number)
{
	mirror_unlink(directory, DEVICES "/%s/virtfn%u", physical, number);
}

static unsigned int read_number(const char *directory, const char *address, const char *name)
{
	char text[32];

	mirror_read_value(directory, address, name, text, sizeof(text));
	return (unsigned int)strtoul(text, NULL, 10);
}

unsigned int mirror_vfs(const char *directory, const char *address)
{
	return read_number(directory, address, "sriov_numvfs");
}

unsigned int mirror_total_vfs(const char *directory, const char *address)
{
	return read_number(directory, address, "sriov_totalvfs");
}

bool mirror_probes_vfs(const char *directory, const char *address)
{
	return read_number(directory, address, "sriov_drivers_autoprobe");
}

int mirror_set_vfs(const char *directory, const char *address, unsigned int count)
{
	char text[16];

	snprintf(text, sizeof(text), "%u\n", count);
	return mirror_write_value(directory, address, "sriov_numvfs", text);
}

bool mirror_vfio_has_sriov(const char *directory)
{
	char text[8];

	return !mirror_read(directory, ENABLE_SRIOV, text, sizeof(text)) && text[0] == 'Y';
}

int mirror_set_vfio_sriov(const char *directory, bool is_on)
{
	return mirror_print(directory, ENABLE_SRIOV, 0644, is_on ? "Y\n" : "N\n");
}
