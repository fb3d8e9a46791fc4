/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open file is what a descriptor of the program means to us. Descriptors, calls in progress and
 * other objects hold references; the last reference releases the file. What an operation does is
 * left to the layer that made the file.
 */
#ifndef STCE_FILE_FILE_H
#define STCE_FILE_FILE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "util/own_fd.h"
#include "util/slower.h"

struct file;
struct file_record;
struct file_shape;
struct host_pe;
struct life;

/*
 * The operations that KVM needs of the VFIO files that it may hold. For a device file all are NULL,
 * because it has no PE and no container of its own.
 */
struct file_group_ops {
	struct host_pe *(*pe)(struct file *file);
	/*
	 * Makes the group keep its container until it is released. -EINVAL: it has no container
	 * with an IOMMU; -EPERM.
	 */
	int (*hold_container)(struct file *file);
	void (*release_container)(struct file *file);
};

/* The arguments of mmap(2) but for the descriptor. */
struct file_mapping {
	void *address;
	size_t length;
	int prot, flags;
	uint64_t offset;
};

/*
 * Operations return what the system calls return, with -errno. If one is missing, the call answers
 * as Linux does without it.
 */
struct file_ops {
	const char *kind;
	long (*ioctl)(struct file *file, unsigned long request, void *argument);
	/*
	 * Unless it is NULL, it is called before ioctl. It handles calls that are made so often
	 * that two atomic operations on the references would show. It runs inside an RCU read lock,
	 * which keeps the file, so it must take no lock whose holders wait for readers, and call nothing
	 * that may change errno. SLOWER: the call is not one of these, or cannot be made now; nothing
	 * has been done.
	 */
	long (*quick_ioctl)(struct file *file, unsigned long request, void *argument);
	ssize_t (*pread)(struct file *file, void *buffer, size_t size, uint64_t offset);
	ssize_t (*pwrite)(struct file *file, const void *buffer, size_t size, uint64_t offset);
	/*
	 * Maps a part of the file by the program's arguments of mmap(2), and sets *address. NULL if
	 * no part can be mapped, or maps_itself.
	 */
	int (*mmap)(struct file *file, const struct file_mapping *mapping, void **address);
	const struct file_group_ops *group;   /* NULL if KVM cannot hold the file */
	/* Returns how an ioctl is made for another process, or NULL if it cannot be; NULL: none can. */
	const struct file_shape *(*shape)(unsigned long request);
	/* Returns 0, or -errno if this process must not make the call for another now; NULL: it may. */
	int (*may_lend)(struct file *file, unsigned long request);
	bool maps_itself;      /* the kernel maps the backing file */
	bool has_no_position;  /* an anonymous inode on Linux: -ESPIPE */
	void (*release)(struct file *file);
	/*
	 * Unless it is NULL, it is called in the place of release, without a wait for lock-free readers. The object
	 * waits for them itself, with others that end at the same time, before it calls file_fini() and frees.
	 */
	void (*retire)(struct file *file);
};

/* What stat(2) shows on Linux. With mode 0 it shows what the kernel says of the descriptor. */
struct file_look {
	mode_t mode;              /* type and permissions; a device file of VFIO has no type */
	dev_t rdev;
};

/* A connection to the process that has the state of a file (file/borrow.h). */
struct file_borrow {
	pthread_mutex_t lock;     /* held while the other process makes a call */
	struct own_fd *socket;    /* NULL until the first call */
	bool is_broken;           /* no call can be made by the socket any longer */
	uint64_t lender;          /* the mm of that process */
	const struct life *life;
	void (*end)(struct file_borrow *borrow);   /* NULL until the first call */
};

/* The open files of one space. */
struct file_list {
	pthread_mutex_t lock;
	struct file *first;
};

struct file {
	const struct file_ops *ops;
	_Atomic(unsigned int) references;
	uint64_t mm;              /* the process that opened or adopted it */
	uint64_t dev, ino;        /* those of its backing descriptor */
	struct file_look look;
	struct file_record *record;       /* what other processes know of the file; NULL if it has none */
	_Atomic(bool) is_elsewhere;       /* another process has a descriptor of it, or may have */
	struct file_borrow borrow;
	struct file_list *list;   /* NULL if it is in no list, as KVM's files are */
	struct file *next;        /* next in the list, under its lock */
	struct file **link;       /* what points to the file there */
};

static inline bool file_is_group(const struct file *file)
{
	return file->ops->group && file->ops->group->pe;
}

/*
 * Starts with one reference, which is the caller's. The file is embedded in a larger object, which
 * ops->release frees.
 */
void file_init(struct file *file, const struct file_ops *ops);
/* Undoes file_init() for a file that is in no list and has one reference. */
void file_fini(struct file *file);
/* Returns false if the last reference has gone. */
bool file_try_get(struct file *file);
struct file *file_get(struct file *file);
/* The last put releases the file, after all lock-free readers have gone, or retires it. */
void file_put(struct file *file);

void file_list_init(struct file_list *list);
void file_list_fini(struct file_list *list);
/* Adds a file to a list; the last file_put() removes it. */
void file_list_add(struct file_list *list, struct file *file);
/* Returns a reference to this process's file with the same backing file, or NULL. */
struct file *file_list_find(struct file_list *list, uint64_t dev, uint64_t ino);

#endif
