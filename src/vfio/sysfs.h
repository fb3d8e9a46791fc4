/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens and locks the mirror of sysfs. One thread of one program of a run changes it at a time. What a
 * change does is left to attribute_store.c and bind.h.
 */
#ifndef STCE_VFIO_SYSFS_H
#define STCE_VFIO_SYSFS_H

#include "vfio/vfio.h"

/* Opens what the mirror has at a path of the host. Returns a descriptor or -errno. */
int vfio_sysfs_open(const struct vfio_host *host, const char *path, int flags);
/* -EBUSY: another thread keeps it locked. */
int vfio_sysfs_lock(struct vfio_host *host);
void vfio_sysfs_unlock(struct vfio_host *host);
/* The thread that has the lock leaves it to others for a while. The number is for resume(), which cannot fail. */
int vfio_sysfs_pause(struct vfio_host *host);
void vfio_sysfs_resume(struct vfio_host *host, int number);

#endif
