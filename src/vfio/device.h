/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a device file share; only src/vfio/device*.c use it. */
#ifndef STCE_VFIO_DEVICE_H
#define STCE_VFIO_DEVICE_H

#include "vfio/vfio.h"

struct vfio_device {
	struct file file;
	struct vfio_member *member;
	struct file *group_file;    /* a reference */
	bool is_foreign;            /* another process opened it */
};

static inline struct vfio_device *vfio_device_of(struct file *file)
{
	return container_of(file, struct vfio_device, file);
}

/* device_regions.c */
long vfio_device_get_region_info(void *device, void *argument);
ssize_t vfio_device_pread(struct file *file, void *buffer, size_t size, uint64_t offset);
ssize_t vfio_device_pwrite(struct file *file, const void *buffer, size_t size, uint64_t offset);

/* device_irqs.c */
long vfio_device_get_irq_info(void *device, void *argument);
long vfio_device_set_irqs(void *device, void *argument);

/* device_hot_reset.c */
long vfio_device_get_hot_reset_info(void *device, void *argument);
long vfio_device_hot_reset(void *device, void *argument);

#endif
