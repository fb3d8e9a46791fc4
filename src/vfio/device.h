/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device file shows a PCI function to the program that opened it; it owns a reference to its
 * group's file. Only src/vfio/device*.c use this header.
 */
#ifndef STCE_VFIO_DEVICE_H
#define STCE_VFIO_DEVICE_H

#include "vfio/vfio.h"

struct vfio_device {
	struct file file;
	struct vfio_member *member;
	struct file *group_file;    /* a reference */
	bool is_foreign;            /* another process drives the device and makes all calls; no group_file */
};

static inline struct vfio_device *vfio_device_of(struct file *file)
{
	return container_of(file, struct vfio_device, file);
}

/* device_regions.c: BARs and config space. */
long vfio_device_get_region_info(void *device, void *argument);
ssize_t vfio_device_pread(struct file *file, void *buffer, size_t size, uint64_t offset);
ssize_t vfio_device_pwrite(struct file *file, const void *buffer, size_t size, uint64_t offset);

/*
 * Accesses a BAR, of any size and alignment, from a handler of faults. What lies behind its end, in the same page,
 * reads as all ones. -EIO: memory decoding is off; -EPERM: the process that drives the device has ended.
 */
int vfio_device_bar_access(struct vfio_device *device, unsigned int index, uint64_t at, void *bytes, size_t size,
			   bool is_write);

/* The region of an offset in the file [linux vfio_pci_core.h]. */
#define REGION_SHIFT 40

/* Returns whether a region is a BAR that this program can map. */
bool vfio_device_can_map(const struct vfio_device *device, unsigned int index);
/* Takes back an offer to map a region that another process has made and this one does not make. -EFAULT. */
long vfio_device_limit_region_info(struct vfio_device *device, void *argument);

/* device_mmap.c: mappings of BARs. */
int vfio_device_mmap(struct file *file, const struct file_mapping *mapping, void **address);

/* device_irqs.c: interrupts. */
long vfio_device_get_irq_info(void *device, void *argument);
long vfio_device_set_irqs(void *device, void *argument);

/* device_hot_reset.c: resets of the whole PE. */
long vfio_device_get_hot_reset_info(void *device, void *argument);
long vfio_device_hot_reset(void *device, void *argument);

#endif
