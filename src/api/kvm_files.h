/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/kvm and what its ioctls return, as a program meets them: the real KVM's
 * own files, with the TCE half added to them. Where there is no real KVM the
 * table ioctls still work, on a VM that has no vCPUs.
 */
#ifndef STCE_API_KVM_FILES_H
#define STCE_API_KVM_FILES_H

#include "file/space.h"

/* /dev/kvm, of every machine. */
extern struct file_node kvm_node;

#endif
