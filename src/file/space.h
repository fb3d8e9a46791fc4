/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A space holds the names of one machine: which path is which node, and the backing file of every
 * descriptor that a program gets. Backing files lie in the directory that all programs of a run
 * share; if the process is alone they are memory files. The descriptors carry what crosses process
 * borders: locks, records, and a name by which a descriptor from another process is recognised.
 * What a node's file does is left to the layer that added the node.
 */
#ifndef STCE_FILE_SPACE_H
#define STCE_FILE_SPACE_H

#include "file/file.h"
#include "util/life.h"
#include "util/own_fd.h"

#define FILE_PATH_SIZE 256
#define FILE_NAME_SIZE 64

struct file_lender;
struct file_node;

struct file_node_ops {
	/*
	 * Makes the open file of a new descriptor, or of one that came from another process or a
	 * fork (adopted). On success the file has one reference; on failure the caller closes the
	 * descriptor.
	 */
	int (*open)(struct file_node *node, int fd, bool adopted, struct file **file);
	/*
	 * Makes a file on which another process has its calls made. NULL: they are made on this
	 * process's own file with the same backing file.
	 */
	int (*lend)(struct file_node *node, struct file **file);
	/*
	 * Replaces open() for a node without a backing file of ours: it makes the descriptor and
	 * enters it into the table itself. No other process recognises its files.
	 */
	int (*open_itself)(void *owner, int flags);
};

struct file_node {
	const struct file_node_ops *ops;
	void *context;
	const char *path;         /* "/dev/vfio/1"; NULL if only an ioctl opens it */
	char name[FILE_NAME_SIZE];
	struct file_look look;
	bool is_fresh;            /* each open gets a backing file of its own */
	bool is_write_only;       /* an attribute of sysfs that even root can only write */
	bool is_read_elsewhere;   /* an attribute whose open for reading alone is not ours */
	struct own_fd *memory;    /* the backing file if the space has no directory, else NULL */
	struct file_node *next;
	struct file_node *next_in_chain;
};

/* A machine has a few nodes for each function, of which there can be thousands. */
#define FILE_CHAIN_COUNT 512

struct file_space {
	struct file_node *nodes;  /* the newest first; the list only grows, and is read by rcu_dereference() */
	struct file_node *chain[FILE_CHAIN_COUNT];   /* those with a path, by its hash, in the same way */
	struct file_list files;
	void *owner;              /* the creator's object, which the space never looks into */
	/*
	 * Returns the space of the same owner that takes this one's place in a forked child. NULL:
	 * there is no memory.
	 */
	struct file_space *(*renewed)(void *owner);
	char directory[FILE_PATH_SIZE];   /* "" if it has none */
	char prefix[FILE_NAME_SIZE];      /* starts the names of memory files */
	const struct file_space *inherited;
	pthread_mutex_t lend_lock;
	struct file_lender *lender;       /* under the lock; NULL until the first file is lent */
	const struct life *life;          /* tells which of the sharing processes live; set by the owner */
};

/*
 * inherited is the space that the parent process had, whose files this space recognises; or NULL.
 */
void file_space_init(struct file_space *space, const char *directory, void *owner,
		     const struct file_space *inherited);
/* All files must have been closed, and none must be lent (file/lend.h). */
void file_space_fini(struct file_space *space);

/* Adds a node, which must outlive the space. -errno. */
int file_space_add(struct file_space *space, struct file_node *node);
/* Adds a node with open_itself to every space, before the first space is used. */
void file_node_add_everywhere(struct file_node *node);
struct file_node *file_space_find(struct file_space *space, const char *path);

/*
 * Opens a node and enters the descriptor into the table. Of flags only O_CLOEXEC counts, and for a
 * node with is_write_only the access mode.
 */
int file_space_open(struct file_space *space, struct file_node *node, int flags);
/* Adopts a descriptor that came from elsewhere. Returns true if it is a file of this space now. */
bool file_space_adopt(struct file_space *space, int fd);
/* Returns the node to which a descriptor belongs, or NULL. */
struct file_node *file_space_node_of(struct file_space *space, int fd);
/* Returns a reference to this process's file with the same backing file, or NULL. */
struct file *file_space_find_same(struct file_space *space, int fd);
/* Returns whether a file came through a fork; it then belongs to the parent's parts. */
bool file_is_inherited(const struct file *file);
/*
 * Returns a reference to the file of a number, or NULL. An inherited file is adopted anew first:
 * the file that this process's space makes of the descriptor takes its place.
 */
struct file *file_of(int fd);

/* Opens the node's backing file anew, to look at its record or locks. -errno. */
int file_node_open_backing(struct file_space *space, struct file_node *node, int flags);
/*
 * Returns 1 if any description of the node's backing file has byte 0 locked, 0 if none has, or
 * -errno.
 */
int file_node_is_locked(struct file_space *space, struct file_node *node);

#endif
