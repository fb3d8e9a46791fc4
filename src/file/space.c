/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements space.h. A descriptor from elsewhere is recognised by the name that the kernel shows
 * in /proc/self/fd, and is matched by its inode to a file that this process has.
 */
#include "file/space.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>

#include "file/fd_table.h"
#include "util/fork.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/rcu.h"
#include "util/reason.h"
#include "util/trace.h"

static struct file_node *everywhere;   /* nodes that are in all spaces */

void file_space_init(struct file_space *space, const char *directory, void *owner,
		     const struct file_space *inherited)
{
	uint32_t random = 0;

	memset(space, 0, sizeof(*space));
	space->owner = owner;
	file_list_init(&space->files);
	pthread_mutex_init(&space->lend_lock, NULL);
	snprintf(space->directory, sizeof(space->directory), "%s", directory ? directory : "");
	space->inherited = inherited;
	os_random(&random, sizeof(random));
	snprintf(space->prefix, sizeof(space->prefix), "spapr-tce.%08x.", random);
	if (inherited)
		memcpy(space->prefix, inherited->prefix, sizeof(space->prefix));
}

void file_space_fini(struct file_space *space)
{
	for (struct file_node *node = space->nodes; node; node = node->next)
		own_fd_free(node->memory);
	pthread_mutex_destroy(&space->lend_lock);
	file_list_fini(&space->files);
}

static int duplicate(struct own_fd *inherited, struct own_fd **memory)
{
	int fd = own_fd_enter(inherited), r;

	if (fd < 0)
		return fd;
	r = own_fd_dup(fd, memory);
	own_fd_leave(inherited);
	return r;
}

/* Finds the memory file of a node: the inherited one, or a new one. */
static int find_memory_file(const struct file_space *space, const char *name, struct own_fd **memory)
{
	const struct file_node *node = space->inherited ? rcu_dereference(space->inherited->nodes) : NULL;
	char full[2 * FILE_NAME_SIZE];

	while (node && strcmp(node->name, name))
		node = node->next;
	if (node)
		return duplicate(node->memory, memory);
	snprintf(full, sizeof(full), "%s%s", space->prefix, name);
	return own_fd_new(os_memfd_create(full, MFD_CLOEXEC), memory);
}

/* [FNV-1a] */
static struct file_node **chain_of(struct file_space *space, const char *path)
{
	uint32_t hash = 2166136261u;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619u;
	return &space->chain[hash % FILE_CHAIN_COUNT];
}

int file_space_add(struct file_space *space, struct file_node *node)
{
	struct file_node **chain = node->path ? chain_of(space, node->path) : NULL;
	int r = 0;

	node->memory = NULL;
	if (!space->directory[0] && !node->is_fresh)
		r = find_memory_file(space, node->name, &node->memory);
	if (r)
		return r;
	node->next = space->nodes;
	rcu_assign_pointer(space->nodes, node);
	if (chain) {
		node->next_in_chain = *chain;
		rcu_assign_pointer(*chain, node);
	}
	return 0;
}

void file_node_add_everywhere(struct file_node *node)
{
	node->next = everywhere;
	everywhere = node;
}

struct file_node *file_space_find(struct file_space *space, const char *path)
{
	struct file_node *node = rcu_dereference(*chain_of(space, path));

	while (node && strcmp(node->path, path))
		node = node->next_in_chain;
	if (node)
		return node;
	for (node = everywhere; node; node = node->next)
		if (node->path && !strcmp(node->path, path))
			break;
	return node;
}

int file_node_open_backing(struct file_space *space, struct file_node *node, int flags)
{
	char path[FILE_PATH_SIZE + FILE_NAME_SIZE];
	int fd, r;

	if (node->is_fresh) {
		char full[2 * FILE_NAME_SIZE];

		snprintf(full, sizeof(full), "%s%s",
			 space->directory[0] ? "spapr-tce.run." : space->prefix, node->name);
		return os_memfd_create(full, flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
	}
	flags = O_RDWR | O_CREAT | (flags & O_CLOEXEC);
	if (!node->memory) {
		snprintf(path, sizeof(path), "%s/%s", space->directory, node->name);
		/*
		 * O_NOFOLLOW: if a program has put a link there instead, it is not followed into
		 * another file.
		 */
		return os_open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0600);
	}
	fd = own_fd_enter(node->memory);
	if (fd < 0)
		return REASON(-EIO, "the program has closed the memory file of %s", node->name);
	r = os_reopen(fd, flags);
	own_fd_leave(node->memory);
	return r;
}

static int install(struct file_space *space, struct file_node *node, int fd, bool adopted)
{
	struct file *file = NULL;
	int r = node->ops->open(node, fd, adopted, &file);

	if (r)
		return r;
	file->look = node->look;
	atomic_store(&file->is_elsewhere, adopted || atomic_load(&file->is_elsewhere));
	os_fstat(fd, &file->dev, &file->ino, NULL, NULL);
	file_list_add(&space->files, file);
	r = fd_table_set(fd, file);
	if (r)
		file_put(file);
	return r;
}

int file_space_open(struct file_space *space, struct file_node *node, int flags)
{
	int fd, r;

	if (node->ops->open_itself)
		return node->ops->open_itself(space->owner, flags);
	if (node->is_write_only && (flags & O_ACCMODE) != O_WRONLY)
		return REASON(-EACCES, "%s can be opened only for writing", node->path);
	fd = file_node_open_backing(space, node, flags);
	r = fd < 0 ? fd : install(space, node, fd, false);
	if (r && fd >= 0)
		os_close(fd);
	TRACE(file_open, node->path ? node->path : node->name, r ? r : fd);
	return r ? r : fd;
}

struct file *file_space_find_same(struct file_space *space, int fd)
{
	uint64_t dev, ino;

	return os_fstat(fd, &dev, &ino, NULL, NULL) ? NULL : file_list_find(&space->files, dev, ino);
}

/* The node is found by the end of the link text. */
struct file_node *file_space_node_of(struct file_space *space, int fd)
{
	char link[FILE_PATH_SIZE + FILE_NAME_SIZE], path[64], *name;
	size_t below = strlen(space->directory);
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = os_readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return NULL;
	link[n] = 0;
	if ((name = strstr(link, " (deleted)")))
		*name = 0;
	if (space->directory[0] && !strncmp(link, "/memfd:spapr-tce.run.", 21))
		name = link + 21;
	else if (below && !strncmp(link, space->directory, below) && link[below] == '/')
		name = link + below + 1;
	else if (!strncmp(link, "/memfd:", 7) &&
		 !strncmp(link + 7, space->prefix, strlen(space->prefix)))
		name = link + 7 + strlen(space->prefix);
	else
		return NULL;
	for (struct file_node *node = rcu_dereference(space->nodes); node; node = node->next)
		if (!strcmp(node->name, name))
			return node;
	return NULL;
}

bool file_space_adopt(struct file_space *space, int fd)
{
	struct file_node *node = file_space_node_of(space, fd);
	struct file *file;

	if (!node)
		return false;
	file = file_space_find_same(space, fd);
	if (!file)
		return install(space, node, fd, true) == 0;
	if (fd_table_set(fd, file) == 0)
		return true;
	file_put(file);
	return false;
}

bool file_is_inherited(const struct file *file)
{
	/* KVM's files are in no space, and handle being in a child themselves. */
	return !mm_is_current(file->mm) && file->list;
}

/*
 * Adopts an inherited file, one thread at a time. The parent's object stays as it is: nobody drops
 * our reference, so it is not released here.
 */
static struct file *look_anew(struct file_space *space, int fd)
{
	struct file *file;

	fork_lock();
	file = fd_table_get(fd);
	if (file && file_is_inherited(file)) {
		if (!file_space_adopt(space, fd))
			fd_table_clear(fd);
		file = fd_table_get(fd);
	}
	fork_unlock();
	return file;
}

struct file *file_of(int fd)
{
	struct file *file = fd_table_get(fd);
	struct file_space *space;

	if (likely(!file || !file_is_inherited(file)))
		return file;
	space = container_of(file->list, struct file_space, files);
	space = space->renewed(space->owner);
	return space ? look_anew(space, fd) : NULL;
}

int file_node_is_locked(struct file_space *space, struct file_node *node)
{
	int fd = file_node_open_backing(space, node, O_CLOEXEC);
	int r = fd < 0 ? fd : os_byte_is_locked(fd, 0);

	if (fd >= 0)
		os_close(fd);
	return r;
}
