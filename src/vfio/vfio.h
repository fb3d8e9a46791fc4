/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Declares the objects behind the VFIO files of one machine: containers, groups, the functions in
 * groups, and the ioctl tables of all of them. An attached group holds its container, and a device
 * file holds its group's file. Windows and MAP are in vfio/iommu.h.
 *
 * Lock order: a group's lock, then its container's.
 */
#ifndef STCE_VFIO_VFIO_H
#define STCE_VFIO_VFIO_H

#include <errno.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "dev/function.h"
#include "file/mirror.h"
#include "file/record.h"
#include "file/space.h"
#include "host/leave.h"
#include "mem/region.h"
#include "util/rcu.h"
#include "util/reason.h"
#include "util/stats.h"
#include "util/user.h"

struct vfio_container;
struct vfio_listener;
struct vfio_iommu;

/* All VFIO objects of a machine share these. */
struct vfio_host {
	/* Adds functions that were plugged in; the owner is that of the space. NULL: none are. */
	void (*look_for_plugged)(void *owner);
	/*
	 * Makes virtual functions of one that has none, in all programs; and forgets one that was removed from the mirror.
	 * The caller has locked sysfs. -errno.
	 */
	int (*set_vfs)(void *owner, const char *physical, unsigned int count);
	int (*virtual_is_gone)(void *owner, const char *address);
	struct file_space *space;
	struct host_phb *phb;
	struct mem_registry *registry;
	struct host_leave *leave;
	struct mem_ledger *ledger;
	struct stats *stats;
	struct file_node container_node;
	struct vfio_host_function *functions;   /* grows at its start; read by rcu_dereference() */
	struct vfio_attribute *attributes;      /* likewise, and owned */
	int sysfs_fd;                           /* holds the lock of sysfs; only the thread that has it looks */
};

/*
 * A function with the driver that it has when the machine starts; bind.h tells which it has now. One
 * that was unplugged is gone for good, and another can have its address.
 */
struct vfio_host_function {
	const char *address, *driver;
	atomic_bool is_gone;
	struct function *function;
	struct vfio_group *group;
	struct vfio_host_function *next;
};

/* Whether a program can map a function's BARs; "auto": unless it runs guests. */
enum vfio_maps {
	MAPS_AUTO,
	MAPS_ON,
	MAPS_OFF,
};

#define VFIO_TOKEN_SIZE 16

/* A function as a member of its group. Programs get it while vfio-pci has it. */
struct vfio_member {
	struct vfio_group *group;
	struct vfio_host_function host;
	struct function *function;
	enum vfio_maps maps;
	struct file_node node;          /* GET_DEVICE_FD opens it */
	unsigned int open_devices;      /* under the group's lock */
	uint8_t token[VFIO_TOKEN_SIZE]; /* of a physical function, under the group's lock (token.h) */
	unsigned int vfs_opening;       /* likewise; how many virtual functions of it are being opened */
	struct vfio_listener *listener; /* likewise; hears requests (request.h), or NULL */
	struct vfio_member *next;
};

struct vfio_group {
	struct vfio_host *host;
	struct host_pe *pe;
	struct file_node node;          /* /dev/vfio/N */
	char path[32];
	struct vfio_member *members;    /* sorted by address; only grows; read by vfio_next_member() */
	pthread_mutex_t lock;
	/* The lock protects these. */
	struct file *file;              /* NULL while the group is not open in this process */
	struct file_record *record;     /* mapped while the group is open */
	struct vfio_container *container;
	unsigned int open_devices;      /* of all members */
	unsigned int container_holds;   /* links of VMs that need the container */
	struct vfio_group *next_in_container;   /* protected by the container's lock */
};

/* Returns the first member, or the one behind, that was not unplugged. */
static inline struct vfio_member *vfio_next_member(const struct vfio_group *group, const struct vfio_member *member)
{
	struct vfio_member *next = rcu_dereference(*(member ? &member->next : &group->members));

	while (next && atomic_load(&next->host.is_gone))
		next = rcu_dereference(next->next);
	return next;
}

#define vfio_for_each_member(m, group) \
	for (struct vfio_member *m = vfio_next_member(group, NULL); m; m = vfio_next_member(group, m))

/* Does the same for all functions of the host. */
static inline struct vfio_host_function *vfio_next_function(const struct vfio_host *host,
							    const struct vfio_host_function *fn)
{
	struct vfio_host_function *next = fn ? fn->next : rcu_dereference(host->functions);

	while (next && atomic_load(&next->is_gone))
		next = next->next;
	return next;
}

#define vfio_for_each_function(fn, host) \
	for (struct vfio_host_function *fn = vfio_next_function(host, NULL); fn; fn = vfio_next_function(host, fn))

static inline void vfio_look_for_plugged(const struct vfio_host *host)
{
	if (host->look_for_plugged)
		host->look_for_plugged(host->space->owner);
}

/* Returns the run's directory, "" without a run. */
static inline const char *vfio_directory_of(const struct vfio_host_function *fn)
{
	return fn->group->host->space->directory;
}

/* Adds the node of /dev/vfio/vfio to the machine's space. */
int vfio_host_init(struct vfio_host *host);
/* Returns how the file of a group looks. */
struct file_look vfio_group_look(int group);
void vfio_group_init(struct vfio_group *group, struct vfio_host *host, struct host_pe *pe);
/*
 * Adds a function with its first driver and its node, and the group's node before the first
 * function. Returns -errno on failure.
 */
int vfio_group_add(struct vfio_group *group, struct vfio_member *member, struct function *function, const char *driver);
void vfio_group_fini(struct vfio_group *group);
/* Returns 1 if a process of the run has attached the group to a container, 0 if not, or -errno. */
int vfio_group_is_attached(struct vfio_group *group);

/* Returns whether this process has attached the group. */
bool vfio_group_is_ours(struct vfio_group *group);

/* attribute.c: adds the files of sysfs that a function and its driver have. -errno. */
int vfio_attributes_add(struct vfio_host *host, struct vfio_host_function *function);
void vfio_attributes_free(struct vfio_host *host);
/* viable.c: returns whether the driver has the function now. */
bool vfio_host_function_has(const struct vfio_host_function *function, const char *driver);
/* Returns whether vfio-pci has a function of the group, without which the group has no file. */
bool vfio_group_has_file(const struct vfio_group *group);
/* Returns whether no driver but vfio-pci has a function of the PE. */
bool vfio_group_is_viable(const struct vfio_group *group);

/* A row of an ioctl table. The owner of the table chooses the object that its handlers get. */
struct vfio_ioctl {
	unsigned int request;
	long (*handle)(void *object, void *argument);
	size_t counter;                 /* offset in struct stce_stats */
};

#define VFIO_COUNTER(field) offsetof(struct stce_stats, field)

/* Finds the row and runs it; -ENOTTY if there is none. It counts the call, and a refusal. */
long vfio_dispatch(const struct vfio_ioctl *rows, size_t count, void *object,
		   unsigned long request, void *argument, struct stats *stats);

/* Counts a call that has ended with r, and returns r. */
static inline long vfio_counted(struct stats *stats, size_t counter, long r)
{
	stats_add(stats, counter, 1);
	if (unlikely(r < 0))
		STATS_ADD(stats, refused_calls, 1);
	return r;
}

static inline int vfio_check_argsz(uint32_t argsz, size_t minimum)
{
	return likely(argsz >= minimum) ? 0 : REASON(-EINVAL, "argsz %u is below %zu", argsz, minimum);
}

/*
 * Reads an argument as all calls do: copies its first `minimum` bytes (-EFAULT) and compares their
 * first word, argsz, with `minimum` (-EINVAL). A larger argsz is allowed.
 */
static inline int vfio_read_args(void *args, const void *from, size_t minimum)
{
	uint32_t argsz;

	if (unlikely(user_read(args, from, minimum)))
		return REASON(-EFAULT, "the argument at %p cannot be read", from);
	memcpy(&argsz, args, sizeof(argsz));
	return vfio_check_argsz(argsz, minimum);
}

/* container.c: put a group into a container, and take it out; the group's lock is held. */
int vfio_container_attach(struct vfio_container *container, struct vfio_group *group);
void vfio_container_detach(struct vfio_container *container, struct vfio_group *group);
bool vfio_container_has_iommu(struct vfio_container *container);
/* Returns the container behind an open file, or NULL if the file is something else. */
struct vfio_container *vfio_container_of(struct file *file);
/* Returns the container's IOMMU, or NULL while it has none. */
struct vfio_iommu *vfio_container_iommu(struct vfio_container *container);

/* ready.c: returns whether a process has attached the group. The group's lock is held. */
bool vfio_group_is_attached_locked(const struct vfio_group *group);
/*
 * -EINVAL: the group has no container, or one without an IOMMU. *is_ours: this process has
 * attached the group. The group's lock is held.
 */
int vfio_group_check_ready_locked(const struct vfio_group *group, bool *is_ours);

/* shapes.c: how the calls on a file are made for another process. */
const struct file_shape *vfio_device_shape(unsigned long request);
const struct file_shape *vfio_group_shape(unsigned long request);
const struct file_shape *vfio_container_shape(unsigned long request);

/* device.c: opens the device file of a vfio_member. */
extern const struct file_node_ops vfio_device_node_ops;
/*
 * Returns the function behind an open file, or NULL if the file is no device or another process's.
 */
struct function *vfio_function_of(struct file *file);

#endif
