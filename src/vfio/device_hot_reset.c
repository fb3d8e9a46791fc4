/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hot reset: the PE holds one function, so the set of affected devices is
 * this one, and owning its group is enough [linux vfio_pci_core.c].
 */
#include "vfio/device.h"

#include <errno.h>
#include <stdio.h>

#include "util/os.h"
#include "util/reason.h"
#include "util/user.h"

#define INFO_HEADER_SIZE offsetof(struct vfio_pci_hot_reset_info, devices)
#define RESET_HEADER_SIZE offsetof(struct vfio_pci_hot_reset, group_fds)

static struct vfio_pci_dependent_device describe(const struct vfio_group *group)
{
	struct vfio_pci_dependent_device d = { .group_id = (uint32_t)group->pe->group };
	unsigned int segment = 0, bus = 0, device = 0, function = 0;

	sscanf(group->function->address, "%x:%x:%x.%x", &segment, &bus, &device, &function);
	d.segment = (uint16_t)segment;
	d.bus = (uint8_t)bus;
	d.devfn = (uint8_t)(device << 3 | function);
	return d;
}

long vfio_device_get_hot_reset_info(void *object, void *argument)
{
	struct vfio_device *device = object;
	struct vfio_pci_hot_reset_info *to = argument;
	struct vfio_pci_hot_reset_info header;
	struct vfio_pci_dependent_device self = describe(device->group);
	int r = vfio_read_args(&header, argument, INFO_HEADER_SIZE);
	bool has_room;

	if (r)
		return r;
	has_room = header.argsz - INFO_HEADER_SIZE >= sizeof(self);
	header.flags = 0;
	header.count = 1;
	if (user_write(to, &header, INFO_HEADER_SIZE) ||
	    (has_room && user_write(to->devices, &self, sizeof(self))))
		return REASON(-EFAULT, "the answer cannot be written");
	return has_room ? 0 : REASON(-ENOSPC, "argsz has no room for 1 device");
}

/* [linux vfio_pci_ioctl_pci_hot_reset] */
static int check_group(const struct vfio_device *device, int fd)
{
	struct file *file = file_space_get(device->group->host->space, fd);
	bool own = file && file == device->group_file;

	if (!file && !os_fd_is_open(fd))
		return REASON(-EBADF, "no descriptor %d", fd);
	if (file)
		file_put(file);
	return own ? 0 : REASON(-EINVAL, "descriptor %d is not the device's group", fd);
}

long vfio_device_hot_reset(void *object, void *argument)
{
	struct vfio_device *device = object;
	struct vfio_pci_hot_reset *from = argument;
	struct vfio_pci_hot_reset header;
	int32_t fd;
	int r = vfio_read_args(&header, argument, RESET_HEADER_SIZE);

	if (r)
		return r;
	if (header.flags || header.count != 1)
		return REASON(-EINVAL, "flags %#x, or %u groups where 1 is affected",
			      header.flags, header.count);
	if (user_read(&fd, from->group_fds, sizeof(fd)))
		return REASON(-EFAULT, "the list of groups cannot be read");
	r = check_group(device, fd);
	if (!r)
		function_reset(device->group->function);
	return r;
}
