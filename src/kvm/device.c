/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the part that all devices of a VM share: the descriptor, the dispatch of attribute
 * calls under the device's lock, and the end of a device. The types, device_vfio.c and
 * device_linkage.c, give attributes their meaning.
 */
#include "kvm/device.h"

#include <errno.h>
#include <linux/memfd.h>

#include "file/fd_table.h"
#include "util/alloc.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/user.h"

static const struct kvm_device_kind *const types[] = { &kvm_device_vfio, &kvm_device_linkage };

const struct kvm_device_kind *kvm_device_kind_find(uint32_t type)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(types); i++)
		if (types[i]->type == type)
			return types[i];
	return NULL;
}

static long device_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct kvm_device *device = container_of(file, struct kvm_device, file);
	const struct kvm_device_kind *type = device->type;
	struct kvm_device_attr attr;
	int (*act)(struct kvm_device *device, const struct kvm_device_attr *attr) = NULL;
	int r;

	if (file->mm != mm_current())
		return REASON(-EIO, "the VM belongs to another process");
	if ((unsigned int)request == KVM_SET_DEVICE_ATTR)
		act = type->set_attr;
	else if ((unsigned int)request == KVM_GET_DEVICE_ATTR)
		act = type->get_attr;
	else if ((unsigned int)request == KVM_HAS_DEVICE_ATTR)
		act = type->has_attr;
	else
		return REASON(-ENOTTY, "a device has no call %#x", (unsigned int)request);
	/* [linux kvm_device_ioctl_attr] answers EPERM for an operation that the type lacks. */
	if (!act)
		return REASON(-EPERM, "the device has no such operation");
	if (user_read(&attr, argument, sizeof(attr)))
		return REASON(-EFAULT, "the attribute cannot be read");
	pthread_mutex_lock(&device->lock);
	r = act(device, &attr);
	pthread_mutex_unlock(&device->lock);
	return r;
}

static void device_release(struct file *file)
{
	struct kvm_device *device = container_of(file, struct kvm_device, file);

	device->type->release(device);
	pthread_mutex_lock(&device->vm->lock);
	if (device->vm->device_vfio == file)
		device->vm->device_vfio = NULL;
	pthread_mutex_unlock(&device->vm->lock);
	kvm_vm_put(device->vm);
	pthread_mutex_destroy(&device->lock);
	free(device);
}

static const struct file_ops device_ops = {
	.kind = "kvm-device",
	.has_no_position = true,
	.ioctl = device_ioctl,
	.release = device_release,
};

/* Makes the device the VM's single one, if its type is single; -EBUSY if the VM has one already. */
static int claim_single(struct kvm_vm *vm, const struct kvm_device_kind *type, struct file *file)
{
	int r = 0;

	if (!type->is_single)
		return 0;
	pthread_mutex_lock(&vm->lock);
	if (vm->device_vfio)
		r = REASON(-EBUSY, "the VM has such a device already");
	else
		vm->device_vfio = file;
	pthread_mutex_unlock(&vm->lock);
	return r;
}

int kvm_device_create(struct kvm_vm *vm, const struct kvm_device_kind *type)
{
	struct kvm_device *device = ALLOC(struct kvm_device);
	int fd, r;

	if (!device)
		return -ENOMEM;
	device->type = type;
	r = claim_single(vm, type, &device->file);
	if (r) {
		free(device);
		return r;
	}
	device->vm = kvm_vm_get(vm);
	pthread_mutex_init(&device->lock, NULL);
	file_init(&device->file, &device_ops);
	fd = os_memfd_create("spapr-tce.kvm-device", MFD_CLOEXEC);
	r = fd < 0 ? fd : fd_table_set(fd, &device->file);
	if (r) {
		if (fd >= 0)
			os_close(fd);
		file_put(&device->file);
		return r;
	}
	return fd;
}
