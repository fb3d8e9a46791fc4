/* SPDX-License-Identifier: BSD-2-Clause */
/* The ids that programs have added to drivers by new_id. All programs of a run share them. */
#ifndef STCE_VFIO_DRIVER_IDS_H
#define STCE_VFIO_DRIVER_IDS_H

#include "vfio/vfio.h"

/*
 * [linux new_id_store, remove_id_store] The numbers of an id are in text. -EINVAL, -EEXIST,
 * -ENODEV, or another -errno.
 */
int vfio_new_id(struct vfio_host *host, const char *driver, const char *text);
int vfio_remove_id(struct vfio_host *host, const char *driver, const char *text);
/* Returns whether an id that was added to the driver names the function. */
bool vfio_driver_has_id(const struct vfio_host_function *fn, const char *driver);

#endif
