/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the "SPAPR TCE IOMMU" device that was proposed in 2013, in the form that its reviewers
 * asked for: a device holds many links, and its attributes can be read back. Setting a link makes a
 * table under the LIOBN, with the shape of the group's lowest window and without a descriptor, and
 * links the two. A link keeps its group open and in its container, and lasts until it is removed or
 * the VM ends; closing the device hands its links to the VM.
 */
#include "kvm/device.h"

#include <errno.h>

#include "kvm/link.h"
#include "spapr-tce/vm.h"
#include "util/alloc.h"
#include "util/reason.h"
#include "util/user.h"

struct linkage {
	uint64_t liobn;
	uint32_t fd;                 /* the number in the attribute, for get_attr() */
	struct kvm_held_file group;
	struct kvm_table *table;
	struct linkage *next;        /* the next link of its device */
	struct kvm_attachment attachment;   /* the VM releases it, once the device is closed */
};

static struct linkage **find_linkage(struct kvm_device *device, uint64_t liobn)
{
	struct linkage **link = (struct linkage **)&device->private;

	while (*link && (*link)->liobn != liobn)
		link = &(*link)->next;
	return link;
}

static void linkage_free(struct linkage *linkage)
{
	kvm_table_destroy(linkage->table);
	linkage->group.file->ops->group->release_container(linkage->group.file);
	kvm_release_file(&linkage->group);
	free(linkage);
}

/* Fills in the start, page size and length of the group's lowest window. */
static int shape_of(struct host_pe *pe, struct kvm_table_args *args)
{
	const struct host_window *window = NULL;

	pthread_mutex_lock(&pe->phb->watch_lock);
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS && !window; slot++)
		window = host_pe_container_window(pe, slot);
	if (window) {
		args->page_shift = window->geometry.page_shift;
		args->offset = window->start.value >> args->page_shift;
		args->size = window->geometry.entries;
	}
	pthread_mutex_unlock(&pe->phb->watch_lock);
	return window ? 0 : REASON(-EINVAL, "group %d has no window", pe->group);
}

static int make_table(struct kvm_device *device, struct linkage *linkage)
{
	struct host_pe *pe = linkage->group.file->ops->group->pe(linkage->group.file);
	struct kvm_table_args args = { .liobn = linkage->liobn };
	int r = shape_of(pe, &args);

	if (!r)
		r = kvm_table_create_internal(device->vm, &args, &linkage->table);
	if (r)
		return r;
	r = kvm_link_add(linkage->table, pe);
	if (r)
		kvm_table_destroy(linkage->table);
	return r;
}

static int link_group(struct kvm_device *device, const struct stce_spapr_tce_iommu_linkage *p)
{
	struct linkage *linkage = ALLOC(struct linkage);
	int r = linkage ? kvm_hold_file((int)p->fd, &linkage->group) : -ENOMEM;
	const struct file_group_ops *ops;

	if (r) {
		free(linkage);
		return r;
	}
	linkage->liobn = p->liobn;
	linkage->fd = p->fd;
	ops = linkage->group.file->ops->group;
	r = ops->pe ? ops->hold_container(linkage->group.file) :
		      REASON(-EINVAL, "descriptor %d is not a VFIO group", (int)p->fd);
	if (!r) {
		r = make_table(device, linkage);
		if (r)
			ops->release_container(linkage->group.file);
	}
	if (r) {
		kvm_release_file(&linkage->group);
		free(linkage);
		return r;
	}
	linkage->next = device->private;
	device->private = linkage;
	return 0;
}

static int unlink_group(struct kvm_device *device, uint64_t liobn)
{
	struct linkage **link = find_linkage(device, liobn), *linkage = *link;

	if (!linkage)
		return REASON(-EINVAL, "LIOBN %#llx is not linked by this device",
			      (unsigned long long)liobn);
	*link = linkage->next;
	linkage_free(linkage);
	return 0;
}

static int has_attr(struct kvm_device *device, const struct kvm_device_attr *attr)
{
	if (attr->group != STCE_KVM_DEV_SPAPR_TCE_IOMMU_ATTR_LINKAGE || attr->attr)
		return REASON(-ENXIO, "there is no attribute %u.%llu", attr->group,
			      (unsigned long long)attr->attr);
	return 0;
}

static int read_linkage(struct kvm_device *device, const struct kvm_device_attr *attr,
			struct stce_spapr_tce_iommu_linkage *p)
{
	int r = has_attr(device, attr);

	if (r)
		return r;
	if (user_read(p, (const void *)(uintptr_t)attr->addr, sizeof(*p)))
		return REASON(-EFAULT, "the linkage cannot be read");
	return p->flags ? REASON(-EINVAL, "unknown flags %#x", p->flags) : 0;
}

static int set_attr(struct kvm_device *device, const struct kvm_device_attr *attr)
{
	struct stce_spapr_tce_iommu_linkage p;
	int r = read_linkage(device, attr, &p);

	if (r)
		return r;
	if (p.fd == (uint32_t)-1)
		return unlink_group(device, p.liobn);
	return link_group(device, &p);
}

static int get_attr(struct kvm_device *device, const struct kvm_device_attr *attr)
{
	struct stce_spapr_tce_iommu_linkage p;
	struct linkage *linkage;
	int r = read_linkage(device, attr, &p);

	if (r)
		return r;
	linkage = *find_linkage(device, p.liobn);
	if (!linkage)
		return REASON(-EINVAL, "LIOBN %#llx is not linked by this device",
			      (unsigned long long)p.liobn);
	p.fd = linkage->fd;
	if (user_write((void *)(uintptr_t)attr->addr, &p, sizeof(p)))
		return REASON(-EFAULT, "the linkage cannot be written");
	return 0;
}

static void release_with_vm(struct kvm_attachment *attachment)
{
	linkage_free(container_of(attachment, struct linkage, attachment));
}

/*
 * Hands the links to the VM, because they last until the VM ends and not only until the device is
 * closed.
 */
static void release(struct kvm_device *device)
{
	struct kvm_vm *vm = device->vm;

	pthread_mutex_lock(&vm->lock);
	for (struct linkage *linkage = device->private; linkage; linkage = linkage->next) {
		linkage->attachment = (struct kvm_attachment){ release_with_vm, vm->attachments };
		vm->attachments = &linkage->attachment;
	}
	pthread_mutex_unlock(&vm->lock);
}

const struct kvm_device_kind kvm_device_linkage = {
	.type = STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU,
	.set_attr = set_attr,
	.get_attr = get_attr,
	.has_attr = has_attr,
	.release = release,
};
