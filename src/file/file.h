/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open file: what a descriptor of a program means. Descriptors, calls in
 * progress and other objects hold references; the last one releases it.
 */
#ifndef STCE_FILE_FILE_H
#define STCE_FILE_FILE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "util/slower.h"

struct file;
struct host_pe;

/*
 * What KVM asks of the VFIO files that it may hold. All are NULL for a device, which has no PE and no
 * container of its own.
 */
struct file_group_ops {
	struct host_pe *(*pe)(struct file *file);
	/* The group keeps its container until it is let go; -EINVAL: has none with an IOMMU; -EPERM. */
	int (*hold_container)(struct file *file);
	void (*release_container)(struct file *file);
};

/* Results as system calls give them, with -errno. A missing operation answers as Linux does for it. */
struct file_ops {
	const char *kind;
	long (*ioctl)(struct file *file, unsigned long request, void *argument);
	/*
	 * NULL, or asked before ioctl: the calls that are made so often that two
	 * atomic operations on the references would show. It runs inside an RCU read
	 * lock, which keeps the file, so it takes no lock whose holders wait for
	 * readers. SLOWER: not one of them, or not now; nothing was done.
	 */
	long (*quick_ioctl)(struct file *file, unsigned long request, void *argument);
	ssize_t (*pread)(struct file *file, void *buffer, size_t size, uint64_t offset);
	ssize_t (*pwrite)(struct file *file, const void *buffer, size_t size, uint64_t offset);
	const struct file_group_ops *group;   /* NULL: KVM does not hold the file */
	bool maps_itself;      /* the kernel maps the backing file */
	bool has_no_position;  /* an anonymous inode of Linux's: -ESPIPE */
	void (*release)(struct file *file);
};

/* What stat(2) shows on Linux. Mode 0: what the kernel says of the descriptor. */
struct file_look {
	mode_t mode;              /* type and permissions; a device of VFIO has no type */
	dev_t rdev;
};

/* The open files of one space. */
struct file_list {
	pthread_mutex_t lock;     /* a leaf */
	struct file *first;
};

struct file {
	const struct file_ops *ops;
	_Atomic(unsigned int) references;
	uint64_t mm;              /* the process that opened or adopted it */
	uint64_t dev, ino;        /* of its backing descriptor */
	struct file_look look;
	struct file_list *list;   /* NULL: in none, as KVM's are */
	struct file *next;        /* in it, under its lock */
};

static inline bool file_is_group(const struct file *file)
{
	return file->ops->group && file->ops->group->pe;
}

/* One reference, the caller's. Embedded in a larger object that release frees. */
void file_init(struct file *file, const struct file_ops *ops);
/* False when the last reference is gone already. */
bool file_try_get(struct file *file);
struct file *file_get(struct file *file);
/* The last put releases the file, after all lock-free finders have gone. */
void file_put(struct file *file);

void file_list_init(struct file_list *list);
void file_list_fini(struct file_list *list);
/* The last file_put() takes the file out again. */
void file_list_add(struct file_list *list, struct file *file);
/* This process's file with the same backing file, with a reference, or NULL. */
struct file *file_list_find(struct file_list *list, uint64_t dev, uint64_t ino);

#endif
