/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/kvm and the descriptors that its ioctls return. They are the real KVM's files with the TCE
 * half added. Without a real KVM the ioctls on tables still work, on a VM that has no vCPUs.
 */
#ifndef STCE_API_KVM_FILES_H
#define STCE_API_KVM_FILES_H

#include "file/space.h"

/* The node /dev/kvm, which is the same for every machine. */
extern struct file_node kvm_node;

#endif
