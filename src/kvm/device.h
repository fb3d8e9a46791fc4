/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device of a VM is a descriptor that KVM_CREATE_DEVICE makes. Programs set, read and test its
 * attributes by KVM_SET_, KVM_GET_ and KVM_HAS_DEVICE_ATTR, and so link guest tables to the windows
 * of VFIO groups. device.c owns the descriptor and the lock; each type owns the meaning of its
 * attributes.
 */
#ifndef STCE_KVM_DEVICE_H
#define STCE_KVM_DEVICE_H

#include <linux/kvm.h>

#include "kvm/held_file.h"
#include "kvm/vm.h"

struct kvm_device;

struct kvm_device_kind {
	uint32_t type;
	bool is_single;      /* a VM has at most one such device */
	int (*set_attr)(struct kvm_device *device, const struct kvm_device_attr *attr);
	int (*get_attr)(struct kvm_device *device, const struct kvm_device_attr *attr);
	int (*has_attr)(struct kvm_device *device, const struct kvm_device_attr *attr);
	void (*release)(struct kvm_device *device);
};

/* Every device has these members; a type keeps its own data behind `private`. */
struct kvm_device {
	struct file file;
	const struct kvm_device_kind *type;
	struct kvm_vm *vm;           /* a reference */
	pthread_mutex_t lock;        /* held around every operation; taken before vm->lock */
	void *private;
};

extern const struct kvm_device_kind kvm_device_vfio, kvm_device_linkage;

/* Returns NULL if there is no such type. */
const struct kvm_device_kind *kvm_device_kind_find(uint32_t type);
/* Returns a descriptor, -EBUSY if the VM has its single device of this type already, or -ENOMEM. */
int kvm_device_create(struct kvm_vm *vm, const struct kvm_device_kind *type);

#endif
