/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the KVM-VFIO device [linux virt/kvm/vfio.c]. It holds the VFIO files that a VM is told
 * of, and links guest tables to the windows of their groups. A group that leaves the device loses
 * its part in all links of the VM. link.c owns the links.
 */
#include "kvm/device.h"

#include <errno.h>

#include "kvm/link.h"
#include "util/alloc.h"
#include "util/reason.h"
#include "util/user.h"

/* A VFIO file that the device holds; the newest is first in the list. */
struct member {
	struct kvm_held_file held;
	struct member *next;
};

static struct member **find_member(struct kvm_device *device, const struct file *file)
{
	struct member **link = (struct member **)&device->private;

	while (*link && (!file || (*link)->held.file != file))
		link = &(*link)->next;
	return link;
}

static int read_argument(const struct kvm_device_attr *attr, void *to, size_t size)
{
	if (user_read(to, (const void *)(uintptr_t)attr->addr, size))
		return REASON(-EFAULT, "the attribute's value cannot be read");
	return 0;
}

static int add(struct kvm_device *device, const struct kvm_device_attr *attr)
{
	struct kvm_held_file held;
	struct member *member;
	int32_t fd;
	int r = read_argument(attr, &fd, sizeof(fd));

	if (!r)
		r = kvm_hold_file(fd, &held);
	if (r)
		return r;
	member = ALLOC(struct member);
	if (*find_member(device, held.file))
		r = REASON(-EEXIST, "descriptor %d has been added already", fd);
	else if (!member)
		r = -ENOMEM;
	if (r) {
		kvm_release_file(&held);
		free(member);
		return r;
	}
	*member = (struct member){ held, device->private };
	device->private = member;
	return 0;
}

static void unlink_from(struct kvm_table *table, void *pe)
{
	kvm_link_remove(table, pe);
}

/* Removes the member, and its group's part in all links of the VM. */
static void remove_member(struct kvm_device *device, struct member **link)
{
	struct member *member = *link;
	struct file *file = member->held.file;

	*link = member->next;
	if (file_is_group(file)) {
		pthread_mutex_lock(&device->vm->lock);
		kvm_liobn_for_each(device->vm, unlink_from, file->ops->group->pe(file));
		pthread_mutex_unlock(&device->vm->lock);
	}
	kvm_release_file(&member->held);
	free(member);
}

/*
 * Finds the member behind a descriptor number: -EBADF if nothing is open there, -ENOENT if it is
 * not a member.
 */
static int member_of(struct kvm_device *device, int fd, struct member ***link)
{
	struct file *file;
	int r = kvm_file_of(fd, &file);

	if (r)
		return r;
	*link = find_member(device, file);
	if (!file || !**link)
		r = REASON(-ENOENT, "descriptor %d has not been added", fd);
	if (file)
		file_put(file);
	return r;
}

static int del(struct kvm_device *device, const struct kvm_device_attr *attr)
{
	struct member **link;
	int32_t fd;
	int r = read_argument(attr, &fd, sizeof(fd));

	if (!r)
		r = member_of(device, fd, &link);
	if (!r)
		remove_member(device, link);
	return r;
}

static int link_table(struct kvm_device *device, struct host_pe *pe, int fd)
{
	struct kvm_table *table;
	struct file *file;
	int r = kvm_file_of(fd, &file);

	if (r)
		return r;
	table = file ? kvm_table_of(file) : NULL;
	if (!table || table->vm != device->vm)
		r = REASON(-EINVAL, "descriptor %d is not a table of this VM", fd);
	else
		r = kvm_link_add(table, pe);
	if (file)
		file_put(file);
	return r;
}

static int set_spapr_tce(struct kvm_device *device, const struct kvm_device_attr *attr)
{
	struct kvm_vfio_spapr_tce param;
	struct member **link;
	struct file *file;
	int r = read_argument(attr, &param, sizeof(param));

	if (!r)
		r = member_of(device, param.groupfd, &link);
	if (r)
		return r;
	file = (*link)->held.file;
	if (!file_is_group(file))
		return REASON(-EIO, "descriptor %d is a device, not a group", param.groupfd);
	return link_table(device, file->ops->group->pe(file), param.tablefd);
}

static int (*const operations[])(struct kvm_device *device, const struct kvm_device_attr *attr) = {
	[KVM_DEV_VFIO_GROUP_ADD] = add,
	[KVM_DEV_VFIO_GROUP_DEL] = del,
	[KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE] = set_spapr_tce,
};

static int has_attr(struct kvm_device *device, const struct kvm_device_attr *attr)
{
	if (attr->group != KVM_DEV_VFIO_GROUP || attr->attr >= ARRAY_COUNT(operations) ||
	    !operations[attr->attr])
		return REASON(-ENXIO, "there is no attribute %u.%llu", attr->group,
			      (unsigned long long)attr->attr);
	return 0;
}

static int set_attr(struct kvm_device *device, const struct kvm_device_attr *attr)
{
	int r = has_attr(device, attr);

	return r ? r : operations[attr->attr](device, attr);
}

static void release(struct kvm_device *device)
{
	while (device->private)
		remove_member(device, (struct member **)&device->private);
}

const struct kvm_device_kind kvm_device_vfio = {
	.type = KVM_DEV_TYPE_VFIO,
	.is_single = true,
	.set_attr = set_attr,
	.has_attr = has_attr,
	.release = release,
};
