/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the hot reset of a PE [linux vfio_pci_core.c]. It affects every function of the PE,
 * and all of them are in one group, so that the program needs to own that group only.
 * dev/function.h resets each function.
 */
#include "vfio/device.h"

#include <errno.h>
#include <stdio.h>

#include "util/os.h"
#include "util/reason.h"
#include "util/user.h"

#define INFO_HEADER_SIZE offsetof(struct vfio_pci_hot_reset_info, devices)
#define RESET_HEADER_SIZE offsetof(struct vfio_pci_hot_reset, group_fds)
#define BUS_FUNCTION_COUNT 256   /* a PE is never larger */

static struct vfio_pci_dependent_device describe(const struct vfio_member *member)
{
	struct vfio_pci_dependent_device d = { .group_id = (uint32_t)member->group->pe->group };
	unsigned int segment = 0, bus = 0, device = 0, function = 0;

	sscanf(member->function->address, "%x:%x:%x.%x", &segment, &bus, &device, &function);
	d.segment = (uint16_t)segment;
	d.bus = (uint8_t)bus;
	d.devfn = (uint8_t)(device << 3 | function);
	return d;
}

static uint32_t count_members(const struct vfio_group *group)
{
	uint32_t count = 0;

	vfio_for_each_member(m, group)
		count++;
	return count;
}

/* Writes as many devices as there is room for. */
static int write_devices(const struct vfio_group *group, struct vfio_pci_dependent_device *to, size_t room)
{
	for (struct vfio_member *m = vfio_next_member(group, NULL); m && room; m = vfio_next_member(group, m), room--) {
		struct vfio_pci_dependent_device d = describe(m);

		if (user_write(to++, &d, sizeof(d)))
			return -EFAULT;
	}
	return 0;
}

/* [linux pci_probe_reset_bus] A platform may have no bridge that can reset the bus. */
static int check_bus(const struct vfio_group *group)
{
	const struct host_platform *platform = group->host->phb->platform;

	if (!platform->has_bus_reset)
		return REASON(-ENODEV, "%s has no bridge above the function that resets it", platform->name);
	return 0;
}

long vfio_device_get_hot_reset_info(void *object, void *argument)
{
	struct vfio_device *device = object;
	const struct vfio_group *group = device->member->group;
	struct vfio_pci_hot_reset_info *to = argument;
	struct vfio_pci_hot_reset_info header;
	int r = vfio_read_args(&header, argument, INFO_HEADER_SIZE);
	size_t room;

	if (!r)
		r = check_bus(group);
	if (r)
		return r;
	vfio_look_for_plugged(group->host);
	room = (header.argsz - INFO_HEADER_SIZE) / sizeof(to->devices[0]);
	header.flags = 0;
	header.count = count_members(group);
	if (write_devices(group, to->devices, room) || user_write(to, &header, INFO_HEADER_SIZE))
		return REASON(-EFAULT, "the answer cannot be written");
	return room >= header.count ? 0 : REASON(-ENOSPC, "argsz has no room for %u devices", header.count);
}

/*
 * [linux vfio_pci_ioctl_pci_hot_reset] A descriptor must be open and be that of the device's group.
 */
static int check_group(const struct vfio_device *device, int fd)
{
	struct file *file = file_of(fd);
	bool own = file && file == device->group_file;

	if (!file && !os_fd_is_open(fd))
		return REASON(-EBADF, "descriptor %d is not open", fd);
	if (file)
		file_put(file);
	return own ? 0 : REASON(-EINVAL, "descriptor %d is not the device's group", fd);
}

/*
 * The PE is one group. A list may name it more than once, but has at most as many entries as
 * functions.
 */
static int check_groups(const struct vfio_device *device, const struct vfio_pci_hot_reset *from, uint32_t count)
{
	int32_t fds[BUS_FUNCTION_COUNT];
	int r = user_read(fds, from->group_fds, count * sizeof(fds[0]));

	if (r)
		return REASON(-EFAULT, "the list of groups cannot be read");
	for (uint32_t i = 0; i < count && !r; i++)
		r = check_group(device, fds[i]);
	return r;
}

long vfio_device_hot_reset(void *object, void *argument)
{
	struct vfio_device *device = object;
	const struct vfio_group *group = device->member->group;
	struct vfio_pci_hot_reset header;
	int r = vfio_read_args(&header, argument, RESET_HEADER_SIZE);

	if (!r && (header.flags || !header.count))
		r = REASON(-EINVAL, "flags %#x must be 0, and %u groups not 0", header.flags, header.count);
	if (!r)
		r = check_bus(group);
	if (r)
		return r;
	vfio_look_for_plugged(group->host);
	if (header.count > count_members(group))
		return REASON(-EINVAL, "%u groups are more than the %u devices", header.count, count_members(group));
	r = check_groups(device, argument, header.count);
	for (struct vfio_member *m = r ? NULL : vfio_next_member(group, NULL); m; m = vfio_next_member(group, m))
		function_reset(m->function);
	return r;
}
