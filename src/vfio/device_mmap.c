/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks the arguments of mmap(2) of a device file, and maps a BAR. device_regions.c decides which
 * BARs can be mapped, bar_map.c owns the mappings, and bar_fault.c makes the accesses.
 */
#include <errno.h>
#include <sys/mman.h>

#include "file/borrow.h"
#include "util/os.h"
#include "util/reason.h"
#include "vfio/bar_fault.h"
#include "vfio/bar_map.h"

#ifdef MAP_32BIT
#define PLACE_FLAGS (MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_32BIT)
#else
#define PLACE_FLAGS (MAP_FIXED | MAP_FIXED_NOREPLACE)
#endif

/*
 * Asks the process that drives the device, which makes the accesses. This connects to it, because a handler of faults
 * cannot. -EPERM: the process has ended.
 */
static int check_driver(struct vfio_device *device, unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };
	long r = borrow_ioctl(&device->file, vfio_device_shape(VFIO_DEVICE_GET_REGION_INFO), &info);

	if (r)
		return (int)r;
	return info.flags & VFIO_REGION_INFO_FLAG_MMAP ? 0 :
	       REASON(-EINVAL, "region %u of the process that drives the device cannot be mapped", index);
}

/* In the order of Linux: first that of mmap(2), then [linux vfio_pci_core_mmap]. */
static int check(const struct vfio_device *device, size_t length, int flags, uint64_t offset)
{
	const uint64_t page = bit64(os_page_shift());
	unsigned int index = (unsigned int)(offset >> REGION_SHIFT);
	uint64_t at = offset & (bit64(REGION_SHIFT) - 1);

	if (!length || !is_aligned(offset, page))
		return REASON(-EINVAL, "a mapping has whole pages: %zu bytes at %#llx", length, (unsigned long long)offset);
	if (length > SIZE_MAX - page)
		return REASON(-ENOMEM, "%zu bytes have no room", length);
	if (!(flags & MAP_SHARED))
		return REASON(-EINVAL, "registers cannot be mapped as a private copy");
	if (!vfio_device_can_map(device, index))
		return REASON(-EINVAL, "region %u cannot be mapped", index);
	if (!range_contains(0, align_up(device->member->function->bar_size[index], page), at, align_up(length, page)))
		return REASON(-EINVAL, "the mapping of %zu bytes at %#llx passes the end of region %u", length,
			      (unsigned long long)at, index);
	return 0;
}

int vfio_device_mmap(struct file *file, const struct file_mapping *wish, void **address)
{
	struct vfio_device *device = vfio_device_of(file);
	int r = check(device, wish->length, wish->flags, wish->offset);
	const struct bar_mapping mapping = {
		.end = align_up(wish->length, bit64(os_page_shift())),
		.device = device,
		.index = (unsigned int)(wish->offset >> REGION_SHIFT),
		.offset = wish->offset & (bit64(REGION_SHIFT) - 1),
		.prot = wish->prot,
	};

	if (!r && device->is_foreign)
		r = check_driver(device, mapping.index);
	if (!r)
		r = bar_fault_begin();
	return r ? r : bar_map_add(&mapping, wish->address, wish->flags & PLACE_FLAGS, address);
}
