/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices of a VM that link tables to VFIO groups: a descriptor with
 * attributes, set and read by KVM_SET_, KVM_GET_ and KVM_HAS_DEVICE_ATTR.
 */
#ifndef STCE_KVM_DEVICE_H
#define STCE_KVM_DEVICE_H

#include <linux/kvm.h>

#include "kvm/held_file.h"
#include "kvm/vm.h"

struct kvm_device;

struct kvm_device_kind {
	uint32_t type;
	bool is_single;      /* a VM has at most one */
	int (*set_attr)(struct kvm_device *device, const struct kvm_device_attr *attr);
	int (*get_attr)(struct kvm_device *device, const struct kvm_device_attr *attr);
	int (*has_attr)(struct kvm_device *device, const struct kvm_device_attr *attr);
	void (*release)(struct kvm_device *device);
};

/* What every device has; a type keeps what is its own behind `private`. */
struct kvm_device {
	struct file file;
	const struct kvm_device_kind *type;
	struct kvm_vm *vm;           /* a reference */
	pthread_mutex_t lock;        /* around every operation; outside vm->lock */
	void *private;
};

extern const struct kvm_device_kind kvm_device_vfio, kvm_device_linkage;

/* NULL when there is no such type. */
const struct kvm_device_kind *kvm_device_kind_find(uint32_t type);
/* A descriptor; -EBUSY: there is one already; -ENOMEM. */
int kvm_device_create(struct kvm_vm *vm, const struct kvm_device_kind *type);

#endif
