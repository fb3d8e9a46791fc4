/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the life of a device file, which shows a PCI function as vfio-pci does, and the calls
 * that need no file of their own here. It keeps its group's file open, and resets the function at
 * the first open and at the last close. Regions, interrupts and hot resets have their own files.
 */
#include "vfio/device.h"

#include <errno.h>

#include "dev/irq_setup.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/user.h"

/*
 * The structure with the padding that Linux 6.12 added and older headers lack. The device has no
 * capabilities, so everything behind the counts is 0.
 */
union device_info {
	struct vfio_device_info info;
	uint64_t words[3];
};

static long get_info(void *object, void *argument)
{
	union device_info answer = { .words = { 0 } };
	struct vfio_device_info *info = &answer.info;
	int r = vfio_read_args(info, argument, offsetof(struct vfio_device_info, cap_offset));

	if (r)
		return r;
	info->flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI;
	info->num_regions = VFIO_PCI_NUM_REGIONS;
	info->num_irqs = VFIO_PCI_NUM_IRQS;
	if (user_write(argument, info, min_u64(info->argsz, sizeof(answer))))
		return REASON(-EFAULT, "the answer cannot be written");
	return 0;
}

static long reset(void *object, void *argument)
{
	struct vfio_device *device = object;

	function_reset(device->member->function);
	news_tell(&device->member->group->host->phb->news, &(struct stce_news){
		.kind = STCE_NEWS_DEVICE_RESET,
		.group = device->member->group->pe->group,
	});
	return 0;
}

static const struct vfio_ioctl ioctls[] = {
	{ VFIO_DEVICE_GET_INFO, get_info, VFIO_COUNTER(other_calls) },
	{ VFIO_DEVICE_GET_REGION_INFO, vfio_device_get_region_info, VFIO_COUNTER(other_calls) },
	{ VFIO_DEVICE_GET_IRQ_INFO, vfio_device_get_irq_info, VFIO_COUNTER(other_calls) },
	{ VFIO_DEVICE_SET_IRQS, vfio_device_set_irqs, VFIO_COUNTER(other_calls) },
	{ VFIO_DEVICE_RESET, reset, VFIO_COUNTER(other_calls) },
	{ VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, vfio_device_get_hot_reset_info, VFIO_COUNTER(other_calls) },
	{ VFIO_DEVICE_PCI_HOT_RESET, vfio_device_hot_reset, VFIO_COUNTER(other_calls) },
};

static long device_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct vfio_device *device = vfio_device_of(file);
	long r;

	if (device->is_foreign)
		return REASON(-EPERM, "another process drives the device [DIFF-30]");
	r = vfio_dispatch(ioctls, ARRAY_COUNT(ioctls), device, request, argument,
			  device->member->group->host->stats);
	TRACE(vfio_device_ioctl, device->member->function->address, (unsigned int)request, (int)r);
	return r;
}

static void device_release(struct file *file)
{
	struct vfio_device *device = vfio_device_of(file);
	struct vfio_member *member = device->member;
	struct vfio_group *group = member->group;

	if (!device->is_foreign) {
		/*
		 * Keep the lock to the end, so that the next first open comes after the last close.
		 */
		pthread_mutex_lock(&group->lock);
		group->open_devices--;
		if (--member->open_devices == 0) {
			irq_disable_all(&member->function->irqs);
			function_power_cycle(member->function);
		}
		pthread_mutex_unlock(&group->lock);
		file_put(device->group_file);
	}
	free(device);
}

static const struct file_group_ops no_group = { .pe = NULL };

static const struct file_ops device_ops = {
	.kind = "device",
	.ioctl = device_ioctl,
	.pread = vfio_device_pread,
	.pwrite = vfio_device_pwrite,
	.mmap = vfio_device_mmap,
	.group = &no_group,
	.release = device_release,
};

struct function *vfio_function_of(struct file *file)
{
	if (file->ops != &device_ops || vfio_device_of(file)->is_foreign)
		return NULL;
	return vfio_device_of(file)->member->function;
}

/* Ties a new device file to its group's file; this process must have attached the group. */
static int join_group(struct vfio_device *device)
{
	struct vfio_member *member = device->member;
	struct vfio_group *group = member->group;
	int r = 0;

	pthread_mutex_lock(&group->lock);
	if (!group->file || !group->container) {
		r = REASON(-EINVAL, "the group has no container");
	} else {
		device->group_file = file_get(group->file);
		group->open_devices++;
		if (member->open_devices++ == 0)
			function_power_cycle(member->function);
	}
	pthread_mutex_unlock(&group->lock);
	return r;
}

static int device_open(struct file_node *node, int fd, bool adopted, struct file **file)
{
	struct vfio_device *device = ALLOC(struct vfio_device);
	int r;

	if (!device)
		return -ENOMEM;
	device->member = node->context;
	device->is_foreign = adopted;
	r = adopted ? 0 : os_lock_byte(fd, 0, false);
	if (!r && !adopted)
		r = join_group(device);
	if (r) {
		free(device);
		return r;
	}
	file_init(&device->file, &device_ops);
	*file = &device->file;
	return 0;
}

const struct file_node_ops vfio_device_node_ops = { .open = device_open };
