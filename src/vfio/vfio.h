/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The objects behind the VFIO files of one machine, and who holds whom: an
 * attached group holds its container, a device file holds its group's file.
 *
 * Locks, outermost first: a group's lock, then its container's.
 */
#ifndef STCE_VFIO_VFIO_H
#define STCE_VFIO_VFIO_H

#include <linux/vfio.h>
#include <pthread.h>

#include "dev/function.h"
#include "file/record.h"
#include "file/space.h"
#include "mem/region.h"

struct vfio_container;
struct vfio_iommu;

/* What all VFIO objects of a machine share. */
struct vfio_host {
	struct file_space *space;
	struct host_phb *phb;
	struct mem_registry *registry;
	struct mem_ledger *ledger;
	struct stats *stats;
	struct file_node container_node;
	struct vfio_host_function *functions;   /* fixed once built */
};

/* A file of sysfs that changes a function's driver. */
struct vfio_attribute {
	struct vfio_host_function *function;    /* one that its directory belongs to */
	bool binds, is_behind_link;
	char path[96];
	struct file_node node;
};

#define VFIO_ATTRIBUTES 3

/* A function that another driver of the host has had from the beginning. */
struct vfio_host_function {
	const char *address, *driver;
	struct vfio_group *group;
	struct vfio_host_function *next;
	struct vfio_attribute attribute[VFIO_ATTRIBUTES];
};

/* A function that vfio-pci drives, in its group. */
struct vfio_member {
	struct vfio_group *group;
	struct function *function;
	struct file_node node;          /* opened by GET_DEVICE_FD */
	unsigned int open_devices;      /* under the group's lock */
	struct vfio_member *next;
};

struct vfio_group {
	struct vfio_host *host;
	struct host_pe *pe;
	struct file_node node;          /* /dev/vfio/N */
	char path[32];
	/* Fixed once built. */
	struct vfio_member *members;    /* by address */
	pthread_mutex_t lock;
	/* Under the lock. */
	struct file *file;              /* NULL: not open in this process */
	struct file_record *record;     /* while it is open */
	struct vfio_container *container;
	unsigned int open_devices;      /* of all members */
	unsigned int container_holds;   /* links of VMs that the container must outlast */
	struct vfio_group *next_in_container;   /* under the container's lock */
};

/* Adds the container's node to the machine's space. */
int vfio_host_init(struct vfio_host *host);
void vfio_group_init(struct vfio_group *group, struct vfio_host *host, struct host_pe *pe);
/* Adds a function, with its node, and with the group's before the first: a group without any has no file. -errno. */
int vfio_group_add(struct vfio_group *group, struct vfio_member *member, struct function *function);
void vfio_group_fini(struct vfio_group *group);
/* Whether some process of the run has put it into a container; -errno. */
int vfio_group_is_attached(struct vfio_group *group);

/* host_driver.c: the function's address and driver are set; the group need not have a file. -errno. */
int vfio_host_function_add(struct vfio_group *group, struct vfio_host_function *function);
/* viable.c: whether its driver of the host has the function now. */
bool vfio_host_function_is_bound(const struct vfio_host_function *function);
/* Whether no driver of the host has a function of the PE. */
bool vfio_group_is_viable(const struct vfio_group *group);

/* One row of an ioctl table. The object is what the table's owner passes. */
struct vfio_ioctl {
	unsigned int request;
	long (*handle)(void *object, void *argument);
	/* NULL, or asked first under RCU, where nobody holds the file. SLOWER: the call is for handle. */
	long (*quick)(void *object, void *argument);
	size_t counter;                 /* offset in struct stce_stats */
};

#define VFIO_COUNTER(field) offsetof(struct stce_stats, field)

/* Finds the row and runs it; -ENOTTY without one. Counts calls and refusals. */
long vfio_dispatch(const struct vfio_ioctl *rows, size_t count, void *object,
		   unsigned long request, void *argument, struct stats *stats);
/* The same for the quick column; what is SLOWER is not counted. */
long vfio_dispatch_quick(const struct vfio_ioctl *rows, size_t count, void *object,
			 unsigned long request, void *argument, struct stats *stats);

/*
 * The common prologue: copies the first `minimum` bytes (-EFAULT), of which
 * the first word is argsz, then compares it (-EINVAL). Larger is welcome.
 */
int vfio_read_args(void *args, const void *from, size_t minimum);

/* container.c */
int vfio_container_attach(struct vfio_container *container, struct vfio_group *group);
void vfio_container_detach(struct vfio_container *container, struct vfio_group *group);
bool vfio_container_has_iommu(struct vfio_container *container);
/* The container behind an open file, NULL when the file is something else. */
struct vfio_container *vfio_container_of(struct file *file);
/* Its IOMMU; NULL while it has none. */
struct vfio_iommu *vfio_container_iommu(struct vfio_container *container);

/* device.c */
extern const struct file_node_ops vfio_device_node_ops;
/* The function behind an open file, NULL when the file is something else, or another process's. */
struct function *vfio_function_of(struct file *file);

#endif
