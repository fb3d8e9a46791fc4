/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the file behind a descriptor that a program passes to a VM, and holds VFIO files for as
 * long as the VM needs them. A held file stays open, and its group stays busy for other processes,
 * although the program closes its own descriptor.
 */
#ifndef STCE_KVM_HELD_FILE_H
#define STCE_KVM_HELD_FILE_H

#include "file/file.h"

struct own_fd;

/* A VFIO file that a VM holds; its duplicate descriptor keeps it busy for other processes. */
struct kvm_held_file {
	struct file *file;
	struct own_fd *fd;
};

/*
 * Holds the file behind a descriptor: -EBADF if nothing is open there, -EINVAL if it is not a VFIO
 * group or device.
 */
int kvm_hold_file(int fd, struct kvm_held_file *held);
void kvm_release_file(struct kvm_held_file *held);
/*
 * Sets *file to our open file behind a descriptor, with a reference, or to NULL if the open file is
 * not ours. -EBADF if nothing is open there.
 */
int kvm_file_of(int fd, struct file **file);

#endif
