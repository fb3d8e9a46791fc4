/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which driver has which function. In a run the "driver" links of the mirror tell it to all
 * programs, and vfio/attribute_store.c changes it; without a run each function keeps its first
 * driver.
 *
 * A group cannot be attached while a driver of the host has a function of it. Attaching claims the
 * group's record first and reads the links second; binding makes the link first and reads the
 * record second. So if both happen at once, at least one of them sees the other and gives up. In
 * the same way opening a group locks its file first and reads the links second.
 */
#ifndef STCE_VFIO_BIND_H
#define STCE_VFIO_BIND_H

#include "vfio/vfio.h"

/* Returns the function of this address that is present, or NULL. */
struct vfio_host_function *vfio_bind_find(const struct vfio_host *host, const char *address);
/*
 * [linux bind_store, unbind_store] -ENODEV, -EBUSY, or another -errno. The caller has locked sysfs.
 * Unbinding vfio-pci waits until no program has the function open (request.h), without that lock, so
 * the function may have a driver again.
 */
int vfio_bind(struct vfio_host_function *fn, const char *driver);
int vfio_unbind(struct vfio_host_function *fn, const char *driver);
/* Takes the function away, with its driver, until a rescan. It waits as vfio_unbind() does. */
int vfio_remove(struct vfio_host_function *fn);
/* Removes all virtual functions of a card. A rescan does not bring them back. Waits as vfio_remove() does. */
int vfio_remove_vfs(struct vfio_host_function *fn);
/* Gives the function the first driver that matches it, if it has none [linux device_attach]. */
void vfio_probe(struct vfio_host_function *fn);
/* Offers the driver each function that has none. */
void vfio_bind_all(struct vfio_host *host, const char *driver);

#endif
