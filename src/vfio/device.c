/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the life of a device file, which shows a PCI function as vfio-pci does, and the calls
 * that need no file of their own here. It keeps its group's file open, and resets the function at
 * the first open and at the last close. Regions, interrupts and hot resets have their own files.
 */
#include "vfio/device.h"

#include <errno.h>
#include <fcntl.h>

#include "dev/irq_setup.h"
#include "file/borrow.h"
#include "file/lend.h"
#include "host/eeh_op.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/user.h"
#include "vfio/request.h"

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

static long foreign_ioctl(struct vfio_device *device, unsigned long request, void *argument)
{
	const struct file_shape *shape = vfio_device_shape(request);
	long r;

	if (!shape)
		return REASON(-ENOTTY, "this file has no call %#x", (unsigned int)request);
	r = borrow_ioctl(&device->file, shape, argument);
	if (!r && shape->request == VFIO_DEVICE_GET_REGION_INFO)
		r = vfio_device_limit_region_info(device, argument);
	return r;
}

static long device_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct vfio_device *device = vfio_device_of(file);
	long r;

	trace_enter();
	if (device->is_foreign)
		return foreign_ioctl(device, request, argument);
	r = vfio_dispatch(ioctls, ARRAY_COUNT(ioctls), device, request, argument,
			  device->member->group->host->stats);
	TRACE_IN(trace_of_group(device->member->group->pe->group), vfio_device_ioctl, device->member->function->address, (unsigned int)request, (int)r);
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
			vfio_request_end_locked(member);
			irq_disable_all(&member->function->irqs);
			function_power_cycle(member->function);
			host_eeh_change_owner(group->pe);
			file_record_yield(device->file.record);
		}
		pthread_mutex_unlock(&group->lock);
		file_put(device->group_file);
	}
	file_record_unmap(device->file.record);
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
	.shape = vfio_device_shape,
	.release = device_release,
};

struct function *vfio_function_of(struct file *file)
{
	if (file->ops != &device_ops || vfio_device_of(file)->is_foreign)
		return NULL;
	return vfio_device_of(file)->member->function;
}

/* The first file of a device resets it, and tells other processes who drives it. */
static void count_open_locked(struct vfio_device *device, bool is_lent)
{
	struct vfio_member *member = device->member;
	struct file_record *record = device->file.record;

	if (!member->open_devices)
		host_eeh_change_owner(member->group->pe);
	device->group_file = file_get(member->group->file);
	member->group->open_devices++;
	if (member->open_devices++ == 0) {
		function_power_cycle(member->function);
		file_record_take(record);
		atomic_store(&record->pid, (uint64_t)os_getpid());
		lend_claimed(member->group->host->space, &device->file, record);
	}
	if (is_lent)
		lend_claimed(member->group->host->space, NULL, record);
}

/*
 * Ties a new device file to its group's file. If another process has attached the group, that process
 * has the device, too. Such a file that was not adopted is opened by GET_DEVICE_FD, which holds the
 * group's file.
 */
static int join_group(struct vfio_device *device, int fd, bool adopted)
{
	struct vfio_group *group = device->member->group;
	struct file_record *record = NULL;
	bool is_ours = false;
	int r = 0;

	pthread_mutex_lock(&group->lock);
	/* A device's file may have come without its group's. */
	if (group->file)
		r = vfio_group_check_ready_locked(group, &is_ours);
	device->is_foreign = r || !is_ours;
	if (!device->is_foreign)
		count_open_locked(device, false);
	record = group->record;
	pthread_mutex_unlock(&group->lock);
	if (!device->is_foreign || adopted)
		return 0;
	return r ? r : borrow_begin(&device->file, record, group->host->space->life, fd);
}

static struct vfio_device *new_device(struct file_node *node, int fd, int *error)
{
	struct vfio_device *device = ALLOC(struct vfio_device);

	*error = device ? 0 : -ENOMEM;
	if (!device)
		return NULL;
	device->member = node->context;
	file_init(&device->file, &device_ops);
	*error = file_record_map(fd, &device->file.record);
	if (!*error)
		return device;
	file_fini(&device->file);
	free(device);
	return NULL;
}

static void free_unused(struct vfio_device *device)
{
	file_fini(&device->file);
	file_record_unmap(device->file.record);
	free(device);
}

static int device_open(struct file_node *node, int fd, bool adopted, struct file **file)
{
	int r = adopted ? 0 : os_lock_byte(fd, 0, false);
	struct vfio_device *device = r ? NULL : new_device(node, fd, &r);

	if (!r)
		r = join_group(device, fd, adopted);
	if (r && device)
		free_unused(device);
	if (!r)
		*file = &device->file;
	return r;
}

/*
 * Another process has opened the device, which counts as an open here. The record is mapped from a
 * description of our own, because a mapping keeps the lock of its description.
 */
static int device_lend(struct file_node *node, struct file **file)
{
	struct vfio_member *member = node->context;
	struct vfio_group *group = member->group;
	int fd = file_node_open_backing(group->host->space, node, O_CLOEXEC), r = fd;
	struct vfio_device *device = fd < 0 ? NULL : new_device(node, fd, &r);
	bool is_ours = false;

	if (fd >= 0)
		os_close(fd);
	if (!device)
		return r;
	pthread_mutex_lock(&group->lock);
	r = group->file ? vfio_group_check_ready_locked(group, &is_ours) : 0;
	if (!r && !is_ours)
		r = REASON(-EPERM, "this process does not drive group %d any longer [DIFF-30]", group->pe->group);
	if (!r)
		count_open_locked(device, true);
	pthread_mutex_unlock(&group->lock);
	if (r)
		free_unused(device);
	else
		*file = &device->file;
	return r;
}

const struct file_node_ops vfio_device_node_ops = { .open = device_open, .lend = device_lend };
