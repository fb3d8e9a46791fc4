/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a VM is told of by their descriptors, and those of VFIO that it holds. */
#ifndef STCE_KVM_HELD_FILE_H
#define STCE_KVM_HELD_FILE_H

#include "file/file.h"

struct own_fd;

/* A VFIO file that a VM holds, with a descriptor that keeps it busy for other processes. */
struct kvm_held_file {
	struct file *file;
	struct own_fd *fd;
};

/* *held of a descriptor number. -EBADF; -EINVAL: not a VFIO group or device. */
int kvm_hold_file(int fd, struct kvm_held_file *held);
void kvm_release_file(struct kvm_held_file *held);
/* The open file behind a number, with a reference; NULL where it is not ours. -EBADF: nothing open. */
int kvm_file_of(int fd, struct file **file);

#endif
