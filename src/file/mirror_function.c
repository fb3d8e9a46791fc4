/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns a function's folder and what its group has. /sys/bus/pci/devices/ADDR is a link to the
 * folder, which lies below the root bus /sys/devices/pciDDDD:BB. Values, sizes and permissions are
 * those of Linux 6.12; the addresses of BARs only need to differ.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/endian.h"
#include "file/mirror.h"
#include "file/mirror_files.h"
#include "util/alloc.h"

#define BAR_COUNT      6
#define RESOURCE_COUNT 13                             /* 6 BARs, the ROM, 6 of virtual functions */
#define RESOURCE_FLAGS 0x140204                       /* 64-bit memory, aligned to its size */
#define RESOURCE_PREFETCH (0x2000 | PCI_BASE_ADDRESS_MEM_PREFETCH)
#define FIRST_BAR      UINT64_C(0x6000000000000)
#define FUNCTION_ROOM  (UINT64_C(1) << 24)            /* between the BARs of two functions */
#define CONFIG_SIZE    4096
#define FIRST_IRQ      32

/* The folder of a function is "/sys/devices/pci0000:01/0000:01:00.0". */
static void function_path(char path[MIRROR_PATH_SIZE], const struct mirror_function *fn, const char *name)
{
	snprintf(path, MIRROR_PATH_SIZE, "/sys/devices/pci%.7s/%s/%s", fn->address, fn->address, name);
}

__attribute__((format(printf, 5, 6)))
static int put(const char *directory, const struct mirror_function *fn, const char *name, unsigned int mode,
	       const char *format, ...)
{
	char path[MIRROR_PATH_SIZE], text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	function_path(path, fn, name);
	return mirror_print(directory, path, mode, "%s", text);
}

/* Returns the bus, device and function as one number. */
static unsigned int requester(const struct mirror_function *fn)
{
	unsigned int domain = 0, bus = 0, device = 0, function = 0;

	sscanf(fn->address, "%x:%x:%x.%x", &domain, &bus, &device, &function);
	return bus << 8 | device << 3 | function;
}

static uint64_t bar_start(const struct mirror_function *fn, unsigned int bar)
{
	uint64_t start = FIRST_BAR + requester(fn) * FUNCTION_ROOM;

	for (unsigned int i = 0; i < bar; i++)
		start = align_up(start + fn->bar_size[i], 64 * KIB);
	return align_up(start, fn->bar_size[bar] ? fn->bar_size[bar] : 1);
}

static unsigned int get16(const struct mirror_function *fn, unsigned int at)
{
	return le16_at(&fn->config[at]);
}

static unsigned int class_of(const struct mirror_function *fn)
{
	return fn->config[PCI_CLASS_PROG] | get16(fn, PCI_CLASS_DEVICE) << 8;
}

/*
 * The file has the BAR's size. A program that reads it past us finds all ones, which on PCI means
 * that no function answers.
 */
static int add_registers(const char *directory, const struct mirror_function *fn, unsigned int bar)
{
	size_t size = (size_t)fn->bar_size[bar];
	void *ones = alloc_zero(1, size);
	char path[MIRROR_PATH_SIZE], name[16];
	int r;

	if (!ones)
		return -ENOMEM;
	memset(ones, 0xff, size);
	snprintf(name, sizeof(name), "resource%u", bar);
	function_path(path, fn, name);
	r = mirror_write(directory, path, 0600, ones, size);
	free(ones);
	return r;
}

static unsigned int resource_flags(const struct mirror_function *fn, unsigned int bar)
{
	bool is_prefetchable = fn->config[PCI_BASE_ADDRESS_0 + 4 * bar] & PCI_BASE_ADDRESS_MEM_PREFETCH;

	return RESOURCE_FLAGS | (is_prefetchable ? RESOURCE_PREFETCH : 0);
}

/* Each line has start, end and flags. */
static int add_resources(const char *directory, const struct mirror_function *fn)
{
	char text[RESOURCE_COUNT * 64] = "";
	size_t n = 0;
	int r = 0;

	for (unsigned int i = 0; i < RESOURCE_COUNT; i++) {
		uint64_t size = i < fn->bar_count ? fn->bar_size[i] : 0, start = size ? bar_start(fn, i) : 0;

		n += (size_t)snprintf(text + n, sizeof(text) - n, "0x%016llx 0x%016llx 0x%016x\n",
				      (unsigned long long)start, (unsigned long long)(size ? start + size - 1 : 0),
				      size ? resource_flags(fn, i) : 0);
		if (size && !r)
			r = add_registers(directory, fn, i);
	}
	return r ? r : put(directory, fn, "resource", 0444, "%s", text);
}

/* The BARs have the addresses of "resource", as a host's firmware would have assigned them. */
static int add_config(const char *directory, const struct mirror_function *fn)
{
	uint8_t bytes[CONFIG_SIZE];
	char path[MIRROR_PATH_SIZE];

	memcpy(bytes, fn->config, fn->config_size);
	for (unsigned int i = 0; i < BAR_COUNT && i < fn->bar_count; i++) {
		uint64_t start = fn->bar_size[i] ? bar_start(fn, i) : 0;

		for (unsigned int k = 0; k < 8 && start; k++)
			bytes[PCI_BASE_ADDRESS_0 + 4 * i + k] |= (uint8_t)(start >> 8 * k);
	}
	function_path(path, fn, "config");
	return mirror_write(directory, path, 0644, bytes, fn->config_size);
}

static void name_of_ids(const struct mirror_function *fn, char *text, size_t size)
{
	unsigned int class_code = class_of(fn);

	snprintf(text, size, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", get16(fn, PCI_VENDOR_ID),
		 get16(fn, PCI_DEVICE_ID), get16(fn, PCI_SUBSYSTEM_VENDOR_ID), get16(fn, PCI_SUBSYSTEM_ID),
		 class_code >> 16, class_code >> 8 & 0xff, class_code & 0xff);
}

static int add_identity(const char *directory, const struct mirror_function *fn)
{
	bool has_pin = fn->config[PCI_INTERRUPT_PIN];
	char ids[128];
	int r = put(directory, fn, "vendor", 0444, "0x%04x\n", get16(fn, PCI_VENDOR_ID));

	name_of_ids(fn, ids, sizeof(ids));
	r = r ? r : put(directory, fn, "device", 0444, "0x%04x\n", get16(fn, PCI_DEVICE_ID));
	r = r ? r : put(directory, fn, "subsystem_vendor", 0444, "0x%04x\n", get16(fn, PCI_SUBSYSTEM_VENDOR_ID));
	r = r ? r : put(directory, fn, "subsystem_device", 0444, "0x%04x\n", get16(fn, PCI_SUBSYSTEM_ID));
	r = r ? r : put(directory, fn, "class", 0444, "0x%06x\n", class_of(fn));
	r = r ? r : put(directory, fn, "revision", 0444, "0x%02x\n", fn->config[PCI_REVISION_ID]);
	r = r ? r : put(directory, fn, "irq", 0444, "%u\n", has_pin ? FIRST_IRQ + requester(fn) : 0);
	r = r ? r : put(directory, fn, "modalias", 0444, "%s\n", ids);
	return r ? r : put(directory, fn, "uevent", 0644,
			   "PCI_CLASS=%X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\nPCI_SLOT_NAME=%s\nMODALIAS=%s\n",
			   class_of(fn), get16(fn, PCI_VENDOR_ID), get16(fn, PCI_DEVICE_ID),
			   get16(fn, PCI_SUBSYSTEM_VENDOR_ID), get16(fn, PCI_SUBSYSTEM_ID), fn->address, ids);
}

/* A function that vfio-pci has at the start was given to it by driver_override. */
static int add_controls(const char *directory, const struct mirror_function *fn)
{
	bool is_vfio = !strcmp(fn->driver, VFIO_PCI_DRIVER);
	int r = put(directory, fn, "driver_override", 0644, "%s\n", is_vfio ? fn->driver : "(null)");

	r = r ? r : put(directory, fn, "enable", 0644, "%d\n", is_vfio || !fn->driver[0] ? 0 : 1);
	r = r ? r : put(directory, fn, "numa_node", 0644, "%d\n", fn->numa_node);
	r = r ? r : put(directory, fn, "remove", 0220, "%s", "");
	r = r ? r : put(directory, fn, "rescan", 0200, "%s", "");
	return r ? r : put(directory, fn, "reset", 0200, "%s", "");
}

/* [linux iommu_register_group] The PE's number is the group's here. */
static int add_group_values(const char *directory, const struct mirror_function *fn)
{
	char path[MIRROR_PATH_SIZE];
	int r;

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/name", fn->group);
	r = mirror_print(directory, path, 0444, "domain%lu-pe%x\n", strtoul(fn->address, NULL, 16),
			 (unsigned int)fn->group);
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/reserved_regions", fn->group);
	r = r ? r : mirror_print(directory, path, 0444, "%s", "");
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/type", fn->group);
	return r ? r : mirror_print(directory, path, 0644, "unknown\n");
}

static int add_group(const char *directory, const struct mirror_function *fn)
{
	char target[MIRROR_PATH_SIZE];
	int r;

	mirror_show_group(directory, fn->group);
	r = mirror_directory(directory, "/sys/kernel/iommu_groups/%d", fn->group);
	r = r ? r : mirror_directory(directory, "/sys/kernel/iommu_groups/%d/devices", fn->group);
	/* The group may have another function already. */
	if (!r && !mirror_has(directory, "/sys/kernel/iommu_groups/%d/type", fn->group))
		r = add_group_values(directory, fn);
	snprintf(target, sizeof(target), "../../../../devices/pci%.7s/%s", fn->address, fn->address);
	return r ? r : mirror_link(directory, target, "/sys/kernel/iommu_groups/%d/devices/%s", fn->group, fn->address);
}

static int add_links(const char *directory, const struct mirror_function *fn)
{
	char path[MIRROR_PATH_SIZE], target[MIRROR_PATH_SIZE];
	int r;

	function_path(path, fn, "subsystem");
	r = mirror_link(directory, "../../../bus/pci", "%s", path);
	function_path(path, fn, "iommu_group");
	snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%d", fn->group);
	r = r ? r : mirror_link(directory, target, "%s", path);
	snprintf(target, sizeof(target), "../../../devices/pci%.7s/%s", fn->address, fn->address);
	return r ? r : mirror_link(directory, target, "/sys/bus/pci/devices/%s", fn->address);
}

static int add_driver(const char *directory, const struct mirror_function *fn)
{
	char node[64];
	int r = fn->driver[0] ? mirror_add_driver(directory, fn->driver) : 0;

	if (r || !fn->driver[0])
		return r;
	r = mirror_bind(directory, fn->address, fn->driver);
	snprintf(node, sizeof(node), "/dev/vfio/%d", fn->group);
	return r || strcmp(fn->driver, VFIO_PCI_DRIVER) ? r : mirror_print(directory, node, 0644, "%s", "");
}

int mirror_add_function(const char *directory, const struct mirror_function *fn)
{
	int r = mirror_directory(directory, "/sys/devices/pci%.7s", fn->address);

	r = r ? r : mirror_directory(directory, "/sys/devices/pci%.7s/%s", fn->address, fn->address);
	r = r ? r : add_identity(directory, fn);
	r = r ? r : add_controls(directory, fn);
	r = r ? r : add_config(directory, fn);
	r = r ? r : add_resources(directory, fn);
	r = r ? r : add_group(directory, fn);
	r = r ? r : add_links(directory, fn);
	r = r ? r : mirror_add_physical(directory, fn);
	r = r ? r : mirror_add_virtual(directory, fn);
	return r ? r : add_driver(directory, fn);
}
