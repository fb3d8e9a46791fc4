/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host wants a function back that a program has open. request.c hears that in the process that
 * drives the device, and signals VFIO_PCI_REQ_IRQ_INDEX; release.c asks and waits, in the process
 * that takes the function away. A word of the device's record is between them, so nothing else need
 * be known of the other process.
 */
#ifndef STCE_VFIO_REQUEST_H
#define STCE_VFIO_REQUEST_H

#include "vfio/vfio.h"

/*
 * The program has changed the eventfd of the request index. A thread hears requests from the first
 * time on that there is one. If it cannot be started, others find that nobody hears them.
 */
void vfio_request_hear(struct vfio_member *member);
/* The last file of the device is closed. The group's lock is held. */
void vfio_request_end_locked(struct vfio_member *member);

/* What release.c needs to wait. */
struct vfio_release {
	struct vfio_host_function *fn;
	int device, group;               /* descriptors of the backing files */
	struct file_record *record;      /* the device's */
	struct file_record *group_record;
};

/* Prepares to wait, and changes nothing. -errno. */
int vfio_release_begin(struct vfio_release *release, struct vfio_host_function *fn);
/*
 * Waits until no program has the device open, and the group if vfio-pci has no other function of it.
 * The driver's link has gone, so no program can open either. Others can lock sysfs meanwhile.
 */
void vfio_release_wait(struct vfio_release *release);
void vfio_release_end(struct vfio_release *release);

#endif
