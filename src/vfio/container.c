/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements /dev/vfio/vfio: a container has the groups that are attached to it, and from SET_IOMMU
 * on their IOMMU. It lives as long as its file or any attached group. If another process drives the
 * container, it answers only calls that need no state [DIFF-30]. The IOMMU's own calls are in the
 * ioctl tables of iommu_v1.c and iommu_v2.c.
 */
#include "vfio/iommu.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "file/borrow.h"
#include "file/lend.h"
#include "util/alloc.h"
#include "util/reason.h"
#include "util/stats.h"
#include "util/trace.h"

/* [linux miscdevice.h] */
#define MISC_MAJOR 10
#define VFIO_MINOR 196

struct vfio_container {
	struct file file;
	_Atomic(unsigned int) holders;     /* one for the file, and one for each attached group */
	struct file_record *record;
	struct vfio_host *host;
	pthread_mutex_t lock;
	struct vfio_group *waiting;        /* groups attached before SET_IOMMU; newest first */
	struct vfio_iommu iommu;
};

static const struct vfio_iommu_type *const types[] = { &vfio_iommu_v1, &vfio_iommu_v2 };

static void put(struct vfio_container *c)
{
	if (atomic_fetch_sub(&c->holders, 1) != 1)
		return;
	file_record_unmap(c->record);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

struct vfio_iommu *vfio_container_iommu(struct vfio_container *c)
{
	return iommu_type(&c->iommu) ? &c->iommu : NULL;
}

bool vfio_container_has_iommu(struct vfio_container *c)
{
	return iommu_type(&c->iommu);
}

/*
 * Answers CHECK_EXTENSION. There is no type 1 IOMMU. v2 is there even on a platform that refuses to
 * attach a group to it.
 */
static long check_extension(const struct vfio_container *c, unsigned long extension)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(types); i++)
		if (types[i]->type == extension)
			return 1;
	return extension == VFIO_EEH && c->host->phb->platform->has_eeh;
}

static int find_type(const struct vfio_container *c, unsigned long number, const struct vfio_iommu_type **type)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(types); i++)
		if (types[i]->type == number) {
			*type = types[i];
			return 0;
		}
	/* [linux] EEH exists as an extension, but SET_IOMMU refuses it. */
	if (check_extension(c, number))
		return REASON(-EINVAL, "EEH is an extension, not an IOMMU");
	return REASON(-ENODEV, "there is no IOMMU of type %lu", number);
}

/* Moves every waiting group into the IOMMU, until one is refused. */
static int attach_waiting_locked(struct vfio_container *c)
{
	struct vfio_group *next;
	int r = 0;

	for (struct vfio_group *group = c->waiting; group; group = next) {
		next = group->next_in_container;
		r = vfio_iommu_attach_locked(&c->iommu, group);
		if (r)
			return r;
		c->waiting = next;
	}
	return 0;
}

/* After the IOMMU has refused a group, takes those that it has accepted out of it; they wait again. */
static void detach_all_locked(struct vfio_container *c)
{
	while (c->iommu.groups) {
		struct vfio_group *group = c->iommu.groups;

		vfio_iommu_detach_locked(&c->iommu, group);
		group->next_in_container = c->waiting;
		c->waiting = group;
	}
}

static int set_iommu_locked(struct vfio_container *c, unsigned long number)
{
	const struct vfio_iommu_type *type = NULL;
	int r;

	if (iommu_type(&c->iommu))
		return REASON(-EINVAL, "the container has an IOMMU already");
	if (!c->waiting)
		return REASON(-EINVAL, "the container has no group");
	r = find_type(c, number, &type);
	if (r)
		return r;
	vfio_iommu_begin_locked(&c->iommu, type);
	r = attach_waiting_locked(c);
	if (r) {
		detach_all_locked(c);
		vfio_iommu_end_locked(&c->iommu);
		return r;
	}
	atomic_store(&c->record->has_iommu, 1);
	return 0;
}

static long set_iommu(struct vfio_container *c, unsigned long number)
{
	int r;

	STATS_ADD(c->host->stats, other_calls, 1);
	if (file_record_is_others(c->record) && atomic_load(&c->record->has_iommu))
		return REASON(-EINVAL, "the container has an IOMMU already");
	if (file_record_is_foreign(c->record, c->host->space->life))
		return borrow_ioctl(&c->file, vfio_container_shape(VFIO_SET_IOMMU), (void *)number);
	pthread_mutex_lock(&c->lock);
	r = set_iommu_locked(c, number);
	pthread_mutex_unlock(&c->lock);
	return r;
}

/* Answers a call on a container that another process drives, or drove to its end. */
static long foreign_ioctl(struct vfio_container *c, unsigned long request, void *argument)
{
	const struct file_shape *shape = vfio_container_shape(request);

	if (!atomic_load(&c->record->has_iommu))
		return REASON(-EINVAL, "the container has no IOMMU");
	if (!shape)
		return REASON(-EPERM, "the container belongs to the memory of the process that drives it [DIFF-30]");
	return borrow_ioctl(&c->file, shape, argument);
}

/* [linux tce_iommu_ioctl] A container that is bound to one process's memory answers no other. */
static int may_lend(struct file *file, unsigned long request)
{
	struct vfio_container *c = container_of(file, struct vfio_container, file);
	bool is_bound;

	pthread_mutex_lock(&c->lock);
	is_bound = c->iommu.mm_bound;
	pthread_mutex_unlock(&c->lock);
	if (is_bound && request != VFIO_SET_IOMMU)
		return REASON(-EPERM, "the container is bound to the memory of the process that drives it");
	return 0;
}

static long do_ioctl(struct vfio_container *c, unsigned long request, void *argument)
{
	const struct vfio_iommu_type *type;

	switch ((unsigned int)request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return check_extension(c, (unsigned long)argument);
	case VFIO_SET_IOMMU:
		return set_iommu(c, (unsigned long)argument);
	}
	type = iommu_type(&c->iommu);
	if (unlikely(!type))
		return file_record_is_others(c->record) ?
			       foreign_ioctl(c, request, argument) :
			       REASON(-EINVAL, "the container has no IOMMU");
	return vfio_dispatch(type->ioctls, type->ioctl_count, &c->iommu, request, argument,
			     c->host->stats);
}

/* MAP and UNMAP have events of their own, whichever path they take. */
static bool is_traced_elsewhere(unsigned long request)
{
	return (unsigned int)request == VFIO_IOMMU_MAP_DMA || (unsigned int)request == VFIO_IOMMU_UNMAP_DMA;
}

static long container_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct vfio_container *c = container_of(file, struct vfio_container, file);
	long r;

	trace_enter();
	r = do_ioctl(c, request, argument);
	if (!is_traced_elsewhere(request))
		TRACE_IN(trace_of_groups(&c->iommu.traced), vfio_container_ioctl, (unsigned int)request, (int)r);
	return r;
}

static long container_quick_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct vfio_container *c = container_of(file, struct vfio_container, file);

	return likely(atomic_load_explicit(&c->iommu.is_quick, memory_order_acquire)) ?
		       vfio_iommu_v2_quick(&c->iommu, request, argument) : SLOWER;
}

/* Puts the group into the container, which this process drives. */
static int attach_claimed_locked(struct vfio_container *c, struct vfio_group *group)
{
	lend_claimed(c->host->space, &c->file, c->record);
	if (iommu_type(&c->iommu))
		return vfio_iommu_attach_locked(&c->iommu, group);
	/* A process that has ended may have left this. */
	atomic_store(&c->record->has_iommu, 0);
	group->next_in_container = c->waiting;
	c->waiting = group;
	return 0;
}

int vfio_container_attach(struct vfio_container *c, struct vfio_group *group)
{
	int r;

	pthread_mutex_lock(&c->lock);
	/* The lock covers the claim, because the last group that leaves gives it up under the lock. */
	r = file_record_claim(c->record, c->host->space->life);
	if (r)
		r = REASON(-EPERM, "another process drives the container [DIFF-30]");
	else
		r = attach_claimed_locked(c, group);
	pthread_mutex_unlock(&c->lock);
	if (!r)
		atomic_fetch_add(&c->holders, 1);
	return r;
}

static void stop_waiting_locked(struct vfio_container *c, struct vfio_group *group)
{
	struct vfio_group **link = &c->waiting;

	while (*link && *link != group)
		link = &(*link)->next_in_container;
	if (*link)
		*link = group->next_in_container;
}

void vfio_container_detach(struct vfio_container *c, struct vfio_group *group)
{
	pthread_mutex_lock(&c->lock);
	if (iommu_type(&c->iommu)) {
		/* With the last group its windows go, behind one wait for readers, so its PE has none left to wait for. */
		if (c->iommu.group_count == 1) {
			vfio_iommu_end_locked(&c->iommu);
			atomic_store(&c->record->has_iommu, 0);
		}
		vfio_iommu_detach_locked(&c->iommu, group);
	} else {
		stop_waiting_locked(c, group);
	}
	if (!c->iommu.groups && !c->waiting)
		file_record_yield(c->record);
	pthread_mutex_unlock(&c->lock);
	put(c);
}

static void container_release(struct file *file)
{
	put(container_of(file, struct vfio_container, file));
}

static const struct file_ops container_ops = {
	.kind = "container",
	.ioctl = container_ioctl,
	.quick_ioctl = container_quick_ioctl,
	.shape = vfio_container_shape,
	.may_lend = may_lend,
	.release = container_release,
};

struct vfio_container *vfio_container_of(struct file *file)
{
	return file->ops == &container_ops ? container_of(file, struct vfio_container, file) : NULL;
}

static int container_open(struct file_node *node, int fd, bool adopted, struct file **file)
{
	struct vfio_container *c = ALLOC(struct vfio_container);
	int r;

	if (!c)
		return -ENOMEM;
	r = file_record_map(fd, &c->record);
	if (r) {
		free(c);
		return r;
	}
	c->host = node->context;
	atomic_init(&c->holders, 1);
	pthread_mutex_init(&c->lock, NULL);
	vfio_iommu_init(&c->iommu, c->host, &c->lock);
	file_init(&c->file, &container_ops);
	c->file.record = c->record;
	*file = &c->file;
	return 0;
}

static const struct file_node_ops container_node_ops = { .open = container_open };

int vfio_host_init(struct vfio_host *host)
{
	struct file_node *node = &host->container_node;

	*node = (struct file_node){
		.ops = &container_node_ops,
		.context = host,
		.path = "/dev/vfio/vfio",
		.name = "vfio",
		.look = { S_IFCHR | 0666, makedev(MISC_MAJOR, VFIO_MINOR) },
		.is_fresh = true,
	};
	return file_space_add(host->space, node);
}
