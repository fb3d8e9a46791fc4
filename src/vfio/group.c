/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements /dev/vfio/N, which stands for one PE. Only one program of a run can have a group open:
 * opening locks the backing file, and the kernel drops that lock with the last copy of the
 * descriptor. A device file locks its own backing file, so that the group stays busy while a device
 * is left open [linux vfio/group.c]. A group takes its PE from the host when it is attached to a
 * container, and gives it back when it leaves.
 */
#include "vfio/vfio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "file/borrow.h"
#include "file/lend.h"
#include "util/alloc.h"
#include "util/guard.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/stats.h"
#include "util/trace.h"
#include "util/user.h"
#include "vfio/token.h"

/*
 * [linux] Linux allocates the major number when it starts, and gives minor numbers in the order in
 * which groups appear.
 */
#define VFIO_MAJOR 511

/* The open file of a group; the machine owns the group itself. */
struct group_file {
	struct file file;
	struct vfio_group *group;
};

static long get_status(void *object, void *argument)
{
	struct vfio_group *group = object;
	struct vfio_group_status status;
	int r = vfio_read_args(&status, argument, sizeof(status));

	if (r)
		return r;
	status.flags = vfio_group_is_viable(group) ? VFIO_GROUP_FLAGS_VIABLE : 0;
	pthread_mutex_lock(&group->lock);
	if (vfio_group_is_attached_locked(group))
		status.flags |= VFIO_GROUP_FLAGS_CONTAINER_SET;
	pthread_mutex_unlock(&group->lock);
	if (user_write(argument, &status, sizeof(status)))
		return REASON(-EFAULT, "the answer cannot be written");
	return 0;
}

/* Takes the PE from the host and puts it into the container. The group's lock is held. */
static int attach_locked(struct vfio_group *group, struct vfio_container *container)
{
	int r;

	if (vfio_group_is_attached_locked(group))
		return REASON(-EINVAL, "the group has a container already");
	if (file_record_claim(group->record, group->host->space->life))
		return REASON(-EPERM, "another process has just taken the group");
	lend_claimed(group->host->space, group->file, group->record);
	if (!vfio_group_is_viable(group)) {
		r = REASON(-EPERM, "a driver of the host has a function of group %d", group->pe->group);
		goto yield;
	}
	r = host_pe_take_ownership(group->pe);
	if (r) {
		r = -EPERM;
		goto yield;
	}
	r = vfio_container_attach(container, group);
	if (r)
		goto release_ownership;
	group->container = container;
	return 0;

release_ownership:
	host_pe_release_ownership(group->pe);
yield:
	file_record_yield(group->record);
	return r;
}

static long set_container(void *object, void *argument)
{
	struct vfio_group *group = object;
	struct vfio_container *container;
	struct file *file;
	int32_t fd;
	int r;

	if (user_read(&fd, argument, sizeof(fd)))
		return REASON(-EFAULT, "the argument cannot be read");
	file = file_of(fd);
	if (!file && !os_fd_is_open(fd))
		return REASON(-EBADF, "descriptor %d is not open", fd);
	container = file ? vfio_container_of(file) : NULL;
	pthread_mutex_lock(&group->lock);
	if (vfio_group_is_attached_locked(group))
		r = REASON(-EINVAL, "the group has a container already");
	else if (!container)
		r = REASON(-EBADFD, "descriptor %d is not a container", fd);
	else
		r = attach_locked(group, container);
	pthread_mutex_unlock(&group->lock);
	if (file)
		file_put(file);
	return r;
}

static void detach_locked(struct vfio_group *group)
{
	vfio_container_detach(group->container, group);
	group->container = NULL;
	host_pe_release_ownership(group->pe);
	file_record_yield(group->record);
}

/* Returns SLOWER if another process drives the group. */
static long unset_container_locked(struct vfio_group *group)
{
	if (!vfio_group_is_attached_locked(group))
		return REASON(-EINVAL, "the group has no container");
	if (group->open_devices)
		return REASON(-EBUSY, "%u device files are open", group->open_devices);
	if (group->container_holds)
		return REASON(-EBUSY, "%u links of VMs hold the container", group->container_holds);
	if (group->container)
		detach_locked(group);
	else if (file_record_bury(group->record, group->host->space->life))
		return SLOWER;
	return 0;
}

static long unset_container(void *object, void *argument)
{
	struct vfio_group *group = object;
	struct file *file;
	long r = -EBUSY;

	/* Another process that has ended may seem to have a device open still. */
	for (int i = 0; i < 2 && r == -EBUSY; i++) {
		if (i)
			lend_settle(group->host->space);
		pthread_mutex_lock(&group->lock);
		r = unset_container_locked(group);
		file = group->file;
		pthread_mutex_unlock(&group->lock);
	}
	return r == SLOWER ? borrow_ioctl(file, vfio_group_shape(VFIO_GROUP_UNSET_CONTAINER), NULL) : r;
}

/* [linux vfio_pci_core_match] A blank and a token may follow the name. On success vfio_token_end() must follow. */
static int find_member(const struct vfio_group *group, const char *name, struct vfio_member **found)
{
	vfio_for_each_member(m, group) {
		size_t length = strlen(m->function->address);

		if (strncmp(name, m->function->address, length) || (name[length] && name[length] != ' '))
			continue;
		if (!vfio_host_function_has(&m->host, VFIO_PCI_DRIVER))
			break;
		*found = m;
		return vfio_token_begin(m, name + length);
	}
	return REASON(-ENODEV, "group %d has no such device", group->pe->group);
}

/* [linux] A name may be as long as a page; a longer one is refused unread. */
static int find_by_name(const struct vfio_group *group, const void *argument, struct vfio_member **member)
{
	size_t size = (size_t)1 << group->pe->phb->host_page_shift;
	char *name = alloc_zero(1, size);
	int r;

	if (!name)
		return -ENOMEM;
	r = user_read_string(name, argument, size);
	r = r ? REASON(r, "the name cannot be read") : find_member(group, name, member);
	if (r == -ENODEV) {
		/* The function may have come since. */
		vfio_look_for_plugged(group->host);
		r = find_member(group, name, member);
	}
	free(name);
	return r;
}

/*
 * A preload has handlers that leave the program its own, so a device that copies much may as well use them. An embedder
 * decides for itself.
 */
static void catch_faults(const struct vfio_member *member)
{
	if (member->function->copies_much && guard_has_taker())
		(void)guard_take();
}

static long get_device_fd(void *object, void *argument)
{
	struct vfio_group *group = object;
	struct vfio_member *member = NULL;
	int r = find_by_name(group, argument, &member);
	bool is_ours;

	if (r)
		return r;
	pthread_mutex_lock(&group->lock);
	r = vfio_group_check_ready_locked(group, &is_ours);
	pthread_mutex_unlock(&group->lock);
	if (!r) {
		catch_faults(member);
		r = file_space_open(group->host->space, &member->node, O_RDWR | O_CLOEXEC);
	}
	vfio_token_end(member);
	return r;
}

static const struct vfio_ioctl ioctls[] = {
	{ VFIO_GROUP_GET_STATUS, get_status, VFIO_COUNTER(other_calls) },
	{ VFIO_GROUP_SET_CONTAINER, set_container, VFIO_COUNTER(other_calls) },
	{ VFIO_GROUP_UNSET_CONTAINER, unset_container, VFIO_COUNTER(other_calls) },
	{ VFIO_GROUP_GET_DEVICE_FD, get_device_fd, VFIO_COUNTER(other_calls) },
};

static long group_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct vfio_group *group = container_of(file, struct group_file, file)->group;
	long r;

	trace_enter();
	r = vfio_dispatch(ioctls, ARRAY_COUNT(ioctls), group, request, argument, group->host->stats);
	TRACE(vfio_group_ioctl, group->pe->group, (unsigned int)request, (int)r);
	return r;
}

static void tell(struct vfio_group *group, enum stce_news_kind kind)
{
	news_tell(&group->host->phb->news,
		  &(struct stce_news){ .kind = kind, .group = group->pe->group });
}

/*
 * Closing the group is an implicit UNSET_CONTAINER. No device file is left by now, because each
 * holds this file.
 */
static void group_release(struct file *file)
{
	struct group_file *opened = container_of(file, struct group_file, file);
	struct vfio_group *group = opened->group;

	pthread_mutex_lock(&group->lock);
	if (group->container)
		detach_locked(group);
	file_record_unmap(group->record);
	group->record = NULL;
	group->file = NULL;
	pthread_mutex_unlock(&group->lock);
	tell(group, STCE_NEWS_GROUP_CLOSED);
	free(opened);
}

static struct host_pe *group_pe(struct file *file)
{
	return container_of(file, struct group_file, file)->group->pe;
}

static int hold_container(struct file *file)
{
	struct vfio_group *group = container_of(file, struct group_file, file)->group;
	bool is_ours;
	int r;

	pthread_mutex_lock(&group->lock);
	r = vfio_group_check_ready_locked(group, &is_ours);
	if (!r && !is_ours)
		r = REASON(-EPERM, "another process drives the group [DIFF-30]");
	if (!r)
		group->container_holds++;
	pthread_mutex_unlock(&group->lock);
	return r;
}

static void release_container(struct file *file)
{
	struct vfio_group *group = container_of(file, struct group_file, file)->group;

	pthread_mutex_lock(&group->lock);
	group->container_holds--;
	pthread_mutex_unlock(&group->lock);
}

static const struct file_group_ops for_kvm = {
	.pe = group_pe,
	.hold_container = hold_container,
	.release_container = release_container,
};

static const struct file_ops group_ops = {
	.kind = "group",
	.ioctl = group_ioctl,
	.group = &for_kvm,
	.shape = vfio_group_shape,
	.release = group_release,
};

/* Locks the file; -EBUSY if the group, or a device file of it, is open anywhere in this run. */
static int lock_file(struct vfio_group *group, int fd)
{
	int r = os_lock_byte(fd, 0, true);

	for (struct vfio_member *m = vfio_next_member(group, NULL); m && !r; m = vfio_next_member(group, m))
		r = file_node_is_locked(group->host->space, &m->node);
	if (r == -EAGAIN || r > 0)
		return REASON(-EBUSY, "group %d is open already", group->pe->group);
	return r;
}

/* The device of another process, which has ended, may hold the last open of the group still. */
static void settle(struct vfio_group *group)
{
	bool has_file;

	pthread_mutex_lock(&group->lock);
	has_file = group->file;
	pthread_mutex_unlock(&group->lock);
	if (has_file)
		lend_settle(group->host->space);
}

static int group_open(struct file_node *node, int fd, bool adopted, struct file **file)
{
	struct vfio_group *group = node->context;
	struct group_file *opened = ALLOC(struct group_file);
	int r = opened ? 0 : -ENOMEM;

	if (!r && !adopted) {
		settle(group);
		r = lock_file(group, fd);
	}
	/* The lock is taken first, because unbinding takes the driver away before it looks at the lock. */
	if (!r && !adopted && !vfio_group_has_file(group))
		r = REASON(-ENOENT, "vfio-pci has no function of group %d", group->pe->group);
	pthread_mutex_lock(&group->lock);
	if (!r && group->file)
		r = REASON(-EBUSY, "group %d is open already", group->pe->group);
	if (!r)
		r = file_record_map(fd, &group->record);
	if (!r) {
		file_init(&opened->file, &group_ops);
		opened->file.record = group->record;
		opened->group = group;
		group->file = &opened->file;
		atomic_store(&group->record->pid, (uint64_t)os_getpid());
		/* No living process drives the group, because none holds the lock. */
		if (!adopted)
			atomic_store(&group->record->driver, 0);
	}
	pthread_mutex_unlock(&group->lock);
	if (r) {
		free(opened);
		return r;
	}
	*file = &opened->file;
	STATS_ADD(group->host->stats, groups_opened, 1);
	tell(group, STCE_NEWS_GROUP_OPENED);
	return 0;
}

static const struct file_node_ops group_node_ops = { .open = group_open };

struct file_look vfio_group_look(int group)
{
	return (struct file_look){ S_IFCHR | 0600, makedev(VFIO_MAJOR, (unsigned int)group) };
}

void vfio_group_init(struct vfio_group *group, struct vfio_host *host, struct host_pe *pe)
{
	*group = (struct vfio_group){
		.host = host,
		.pe = pe,
		.node = {
			.ops = &group_node_ops, .context = group,
			.look = vfio_group_look(pe->group),
		},
	};
	pthread_mutex_init(&group->lock, NULL);
	snprintf(group->path, sizeof(group->path), "/dev/vfio/%d", pe->group);
	group->node.path = group->path;
	snprintf(group->node.name, sizeof(group->node.name), "group-%d", pe->group);
}

int vfio_group_is_attached(struct vfio_group *group)
{
	struct file_record *record = NULL;
	int fd, r;

	fd = file_node_open_backing(group->host->space, &group->node, O_CLOEXEC);
	r = fd < 0 ? fd : file_record_map(fd, &record);
	if (!r) {
		r = file_record_is_claimed(record, group->host->space->life);
		file_record_unmap(record);
	}
	if (fd >= 0)
		os_close(fd);
	return r;
}

bool vfio_group_is_ours(struct vfio_group *group)
{
	bool is_ours;

	pthread_mutex_lock(&group->lock);
	is_ours = group->container;
	pthread_mutex_unlock(&group->lock);
	return is_ours;
}

int vfio_group_add(struct vfio_group *group, struct vfio_member *member, struct function *function, const char *driver)
{
	struct vfio_member **link = &group->members;
	struct vfio_host *host = group->host;
	int r = group->members ? 0 : file_space_add(host->space, &group->node);

	if (r)
		return r;
	*member = (struct vfio_member){
		.maps = member->maps,
		.group = group,
		.function = function,
		.host = {
			.address = function->address, .driver = driver, .function = function, .group = group,
			.next = host->functions,
		},
		.node = { .ops = &vfio_device_node_ops, .context = member, .look = { 0600, 0 } },
	};
	r = vfio_token_init(member);
	if (r)
		return r;
	snprintf(member->node.name, sizeof(member->node.name), "device-%s", function->address);
	while (*link && strcmp((*link)->function->address, function->address) < 0)
		link = &(*link)->next;
	member->next = *link;
	r = file_space_add(host->space, &member->node);
	if (r)
		return r;
	rcu_assign_pointer(*link, member);
	rcu_assign_pointer(host->functions, &member->host);
	return 0;
}

void vfio_group_fini(struct vfio_group *group)
{
	pthread_mutex_destroy(&group->lock);
}
