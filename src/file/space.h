/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of one machine: which path is which node, and the backing file
 * behind every descriptor that a program gets. Backing files lie in the
 * directory that all programs of a run share, or are memory files where the
 * process is alone; their descriptors carry what crosses process borders:
 * locks, records, and a name by which a descriptor from elsewhere is known.
 */
#ifndef STCE_FILE_SPACE_H
#define STCE_FILE_SPACE_H

#include "file/file.h"
#include "util/life.h"
#include "util/own_fd.h"

#define FILE_PATH_SIZE 256
#define FILE_NAME_SIZE 64

struct file_node;

struct file_node_ops {
	/*
	 * Makes the open file of a fresh descriptor, or of one that came from
	 * another process or a fork (adopted). On success the file has one
	 * reference; on failure the caller closes the descriptor.
	 */
	int (*open)(struct file_node *node, int fd, bool adopted, struct file **file);
	/*
	 * Replaces open for a node without a backing file of ours: it makes the descriptor and
	 * enters it into the table itself. No other process recognises its files.
	 */
	int (*open_itself)(void *owner, int flags);
};

struct file_node {
	const struct file_node_ops *ops;
	void *context;
	const char *path;         /* "/dev/vfio/1"; NULL: opened by an ioctl only */
	char name[FILE_NAME_SIZE];
	struct file_look look;
	bool is_fresh;            /* every open gets a backing file of its own */
	bool is_write_only;       /* for root, too: an attribute of sysfs */
	struct own_fd *memory;    /* without a directory: the backing file; else NULL */
	struct file_node *next;
};

struct file_space {
	struct file_node *nodes;  /* fixed once built */
	struct file_list files;
	void *owner;              /* whose space it is; the creator's business */
	/* In a forked child, the space of the same owner that takes this one's place; NULL: no memory. */
	struct file_space *(*renewed)(void *owner);
	char directory[FILE_PATH_SIZE];   /* "" : none */
	char prefix[FILE_NAME_SIZE];      /* of the names of memory files */
	const struct file_space *inherited;
	const struct life *life;          /* of all who share it; set by the owner */
};

/* inherited: what the process was forked from had in its place, whose files this space knows again; or NULL. */
void file_space_init(struct file_space *space, const char *directory, void *owner,
		     const struct file_space *inherited);
/* All files have been closed. */
void file_space_fini(struct file_space *space);

/* Adds a node; it must outlive the space's use. -errno. */
int file_space_add(struct file_space *space, struct file_node *node);
/* Adds a node with open_itself to every space, before the first is used. */
void file_node_add_everywhere(struct file_node *node);
struct file_node *file_space_find(struct file_space *space, const char *path);

/* Opens a node and enters the descriptor into the table. flags: O_CLOEXEC counts, and is_write_only heeds the mode. */
int file_space_open(struct file_space *space, struct file_node *node, int flags);
/* A descriptor from elsewhere: true when it is, or has become, ours. */
bool file_space_adopt(struct file_space *space, int fd);
/* Whether a file came through a fork: it belongs to the parent's parts then. */
bool file_is_inherited(const struct file *file);
/*
 * The file of a number, with a reference, or NULL. An inherited one is looked
 * at anew first: what this process's space makes of its descriptor takes its
 * place.
 */
struct file *file_of(int fd);

/* A description of the node's backing file for a look at its record. -errno. */
int file_node_open_backing(struct file_space *space, struct file_node *node, int flags);
/* 1 when some description of the node's backing file holds byte 0 locked. */
int file_node_is_locked(struct file_space *space, struct file_node *node);

#endif
