/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the regions of a device file: BARs and config space, at the offsets that vfio-pci
 * gives them. dev/function.h gives the registers their meaning, and device_mmap.c maps BARs.
 */
#include "vfio/device.h"

#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "file/borrow.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/user.h"

#define REGION_OFFSET(index) ((uint64_t)(index) << REGION_SHIFT)

static int region_size(const struct function *fn, unsigned int index, uint64_t *size)
{
	if (index <= VFIO_PCI_BAR5_REGION_INDEX)
		*size = fn->bar_size[index];
	else if (index == VFIO_PCI_ROM_REGION_INDEX)
		*size = 0;
	else if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		*size = PCI_CONFIG_SIZE;
	else
		return REASON(-EINVAL, "there is no region %u", index);
	return 0;
}

/*
 * A program that runs guests gets no mapping unless the user asks for it: a signal does not reach a
 * guest, and an access by QEMU that faults takes longer than the pread(2) that it makes otherwise.
 */
static bool has_guests(const struct host_phb *phb)
{
	return phb->written.fn || atomic_load(&phb->has_kvm);
}

/*
 * [linux vfio_pci_probe_mmaps] A memory BAR can be mapped if it has whole pages, or has its page to
 * itself. Each of ours has, because they lie 64 KiB apart.
 */
bool vfio_device_can_map(const struct vfio_device *device, unsigned int index)
{
	const struct vfio_member *member = device->member;

	if (index > VFIO_PCI_BAR5_REGION_INDEX || !member->function->bar_size[index])
		return false;
	return member->maps == MAPS_AUTO ? !has_guests(member->group->host->phb) : member->maps == MAPS_ON;
}

static bool has_msix_table(const struct function *fn, unsigned int index)
{
	const unsigned int capability = fn->config.msix_offset;

	return capability && (fn->config.value[capability + PCI_MSIX_TABLE] & PCI_MSIX_TABLE_BIR) == index;
}

/*
 * [linux vfio_pci_ioctl_get_region_info] The BAR with the MSI-X table can be mapped as a whole, and
 * says so by its only capability. If there is no room for it, argsz tells how much it takes.
 */
static int add_capability(struct vfio_region_info *info, char *argument)
{
	const struct vfio_info_cap_header capability = { .id = VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, .version = 1 };
	const uint32_t needed = sizeof(*info) + sizeof(capability);

	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	info->cap_offset = 0;
	if (info->argsz < needed) {
		info->argsz = needed;
		return 0;
	}
	info->cap_offset = sizeof(*info);
	return user_write(argument + sizeof(*info), &capability, sizeof(capability));
}

long vfio_device_get_region_info(void *object, void *argument)
{
	struct vfio_device *device = object;
	struct vfio_region_info info;
	uint64_t size = 0;
	int r = vfio_read_args(&info, argument, sizeof(info));

	if (!r)
		r = region_size(device->member->function, info.index, &size);
	if (r)
		return r;
	info.size = size;
	info.offset = REGION_OFFSET(info.index);
	info.flags = size ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	if (vfio_device_can_map(device, info.index)) {
		info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
		if (has_msix_table(device->member->function, info.index))
			r = add_capability(&info, argument);
	}
	if (r || user_write(argument, &info, sizeof(info)))
		return REASON(-EFAULT, "the answer cannot be written");
	return 0;
}

long vfio_device_limit_region_info(struct vfio_device *device, void *argument)
{
	struct vfio_region_info info;
	int r = vfio_read_args(&info, argument, sizeof(info));

	if (r || !(info.flags & VFIO_REGION_INFO_FLAG_MMAP) || vfio_device_can_map(device, info.index))
		return r;
	if (info.flags & VFIO_REGION_INFO_FLAG_CAPS)
		info.cap_offset = 0;
	info.flags &= ~(VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS);
	return user_write(argument, &info, sizeof(info)) ? REASON(-EFAULT, "the answer cannot be written") : 0;
}

/* Returns the size of the largest aligned access at this offset that fits. */
static unsigned int access_size(uint64_t offset, size_t left)
{
	unsigned int size = 8;

	while (size > left || offset % size)
		size /= 2;
	return size;
}

static int bar_access(struct function *fn, unsigned int index, uint64_t at, uint8_t *bytes, size_t left,
		      bool is_write)
{
	while (left) {
		unsigned int size = access_size(at, left);
		uint64_t value = 0;
		int r;

		if (is_write)
			memcpy(&value, bytes, size);
		value = le64toh(value);
		r = is_write ? function_bar_write(fn, index, at, size, value) :
			       function_bar_read(fn, index, at, size, &value);
		if (r)
			return r;
		value = htole64(value);
		memcpy(bytes, &value, size);
		bytes += size;
		at += size;
		left -= size;
	}
	return 0;
}

/* The other process makes the same access, in the same pieces. */
static int foreign_access(struct vfio_device *device, uint64_t offset, void *bytes, size_t size, bool is_write)
{
	ssize_t r = borrow_access(&device->file, bytes, size, offset, is_write);

	return r < 0 ? (int)r : r == (ssize_t)size ? 0 : -EIO;
}

int vfio_device_bar_access(struct vfio_device *device, unsigned int index, uint64_t at, void *bytes, size_t size,
			   bool is_write)
{
	struct function *fn = device->member->function;
	uint64_t room = fn->bar_size[index] > at ? fn->bar_size[index] - at : 0;
	size_t inside = min_u64(size, room);

	if (!is_write)
		memset((char *)bytes + inside, 0xff, size - inside);
	if (device->is_foreign && inside)
		return foreign_access(device, REGION_OFFSET(index) + at, bytes, inside, is_write);
	return bar_access(fn, index, at, bytes, inside, is_write);
}

#define PIECE_SIZE 256

/*
 * Returns how many bytes of the access lie in the region, or -EINVAL if it does not start there. In
 * config space an access is done in full or refused, with an errno of its own [linux
 * vfio_config_do_rw]. An access of 0 bytes succeeds at any offset.
 */
static ssize_t clip(const struct vfio_device *device, unsigned int index, uint64_t at, size_t size)
{
	uint64_t room = 0;

	if (!size)
		return 0;
	if (region_size(device->member->function, index, &room))
		return -EINVAL;
	if (index == VFIO_PCI_CONFIG_REGION_INDEX && !range_contains(0, room, at, size))
		return REASON(-EFAULT, "[%#llx, +%zu) passes the end of config space",
			      (unsigned long long)at, size);
	if (at >= room)
		return REASON(-EINVAL, "offset %#llx is outside region %u",
			      (unsigned long long)at, index);
	return (ssize_t)min_u64(size, room - at);
}

static int read_piece(struct function *fn, unsigned int index, uint64_t at, void *program, size_t size)
{
	uint8_t piece[PIECE_SIZE];
	int r = index == VFIO_PCI_CONFIG_REGION_INDEX ?
		function_config_read(fn, at, piece, (unsigned int)size) :
		bar_access(fn, index, at, piece, size, false);

	return !r && user_write(program, piece, size) ?
	       REASON(-EFAULT, "%p cannot be written", program) : r;
}

static int write_piece(struct function *fn, unsigned int index, uint64_t at, void *program, size_t size)
{
	uint8_t piece[PIECE_SIZE];

	if (user_read(piece, program, size))
		return REASON(-EFAULT, "%p cannot be read", program);
	return index == VFIO_PCI_CONFIG_REGION_INDEX ?
	       function_config_write(fn, at, piece, (unsigned int)size) :
	       bar_access(fn, index, at, piece, size, true);
}

/* Carries out an access of the program in pieces of at most PIECE_SIZE bytes. */
static ssize_t move(struct vfio_device *device, void *program, size_t size, uint64_t offset,
		    int (*one)(struct function *fn, unsigned int index, uint64_t at, void *program, size_t size))
{
	unsigned int index = (unsigned int)(offset >> REGION_SHIFT);
	uint64_t at = offset & (REGION_OFFSET(1) - 1);
	ssize_t total = clip(device, index, at, size);

	for (ssize_t done = 0; done < total;) {
		size_t step = min_u64((uint64_t)(total - done), PIECE_SIZE);
		int r = one(device->member->function, index, at + (uint64_t)done, (char *)program + done, step);

		if (r)
			return r;
		done += (ssize_t)step;
	}
	return total;
}

ssize_t vfio_device_pread(struct file *file, void *buffer, size_t size, uint64_t offset)
{
	struct vfio_device *device = vfio_device_of(file);
	ssize_t r;

	trace_enter();
	r = device->is_foreign ? borrow_read(file, buffer, size, offset) :
				 move(device, buffer, size, offset, read_piece);
	TRACE_IN(trace_of_group(device->member->group->pe->group), vfio_region_read, device->member->function->address,
		 (unsigned int)(offset >> REGION_SHIFT), offset & (REGION_OFFSET(1) - 1), (unsigned int)size);
	return r;
}

ssize_t vfio_device_pwrite(struct file *file, const void *buffer, size_t size, uint64_t offset)
{
	struct vfio_device *device = vfio_device_of(file);
	ssize_t r;

	trace_enter();
	r = device->is_foreign ? borrow_write(file, buffer, size, offset) :
				 move(device, (void *)buffer, size, offset, write_piece);
	TRACE_IN(trace_of_group(device->member->group->pe->group), vfio_region_write, device->member->function->address,
		 (unsigned int)(offset >> REGION_SHIFT), offset & (REGION_OFFSET(1) - 1), (unsigned int)size);
	return r;
}
