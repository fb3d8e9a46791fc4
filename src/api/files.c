/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public calls on device files. Each finds the open file of a descriptor and calls its
 * operation; if the file has no such operation, the answer is Linux's. The operations are in vfio/,
 * kvm/ and kvm_files.c.
 */
#include "spapr-tce/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "api/kvm_files.h"
#include "api/recorded.h"
#include "file/fd_table.h"
#include "file/lend.h"
#include "file/mirror.h"
#include "machine/control.h"
#include "machine/machine.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/own_fd.h"
#include "util/rcu.h"
#include "util/reason.h"

#define VFIO_FOLDER "/dev/vfio/"

__attribute__((constructor)) static void add_kvm(void)
{
	file_node_add_everywhere(&kvm_node);
}

/* The attributes of sysfs are found by their path without links. */
static struct file_node *find_node(struct stce_machine *machine, struct machine_parts *parts, const char *path)
{
	struct file_node *node = file_space_find(&parts->space, path);
	char plain[FILE_PATH_SIZE];

	if (node || strncmp(path, "/sys/", 5) || !machine->directory[0] ||
	    mirror_resolve(machine->directory, path, plain, sizeof(plain)))
		return node;
	return file_space_find(&parts->space, plain);
}

static bool is_attribute(const struct file_node *node)
{
	return node->path && !strncmp(node->path, "/sys/", 5);
}

/* Returns whether this open of an attribute reaches no more than its plain file in the mirror. */
static bool is_plain(const struct file_node *node, int flags)
{
	return is_attribute(node) &&
	       (flags & O_PATH || (node->is_read_elsewhere && (flags & O_ACCMODE) == O_RDONLY));
}

static int open_node(struct stce_machine *machine, const char *path, int flags)
{
	struct machine_parts *parts = machine_parts(machine);
	unsigned int count = reason_count();
	struct file_node *node;
	int fd;

	if (!parts)
		return REASON(-ENOMEM, "no memory for the machine of a forked child");
	machine_look_for_plugged(machine);
	node = find_node(machine, parts, path);
	if (!node || is_plain(node, flags))
		return STCE_NOT_OURS;
	if (!strncmp(path, VFIO_FOLDER, strlen(VFIO_FOLDER)))
		STATS_ADD(&parts->stats, opens, 1);
	fd = file_space_open(&parts->space, node, flags);
	/* A program that only looks at the mirror, or writes to it, is left alone. */
	if (fd >= 0 && !is_attribute(node))
		control_need(machine);
	return (int)REASON_END(count, fd);
}

int stce_open(struct stce_machine *machine, const char *path, int flags)
{
	int fd = open_node(machine, path, flags);

	if (recording_is_on() && fd != STCE_NOT_OURS)
		recorded_open(path, flags, fd);
	return fd;
}

bool stce_is_ours(int fd)
{
	return fd_table_has(fd);
}

bool stce_adopt(struct stce_machine *machine, int fd)
{
	struct machine_parts *parts = machine_parts(machine);

	if (!parts || !file_space_adopt(&parts->space, fd))
		return false;
	if (recording_is_on())
		recording_add_plain(RECORDING_ARRIVED, fd, 0, 0, 0, 0);
	return true;
}

void stce_lend(struct stce_machine *machine, int fd)
{
	struct file *file;

	/* Parts of another process are a parent's: this one has opened nothing yet. */
	if (atomic_load(&machine->mm) != mm_current())
		return;
	if (fd < 0) {
		lend_all(&machine->parts->space);
		return;
	}
	file = file_of(fd);
	if (file && file->list)
		lend_file(container_of(file->list, struct file_space, files), file);
	if (file)
		file_put(file);
}

void stce_flush(void)
{
	recording_flush();
}

void stce_forget(int fd)
{
	struct file *file = fd_table_clear(fd);

	if (file && recording_is_on())
		recording_add_plain(RECORDING_CLOSE, fd, 0, 0, 0, 0);
	if (file && file->mm == mm_current())
		file_put(file);
}

bool stce_is_internal(int fd)
{
	return own_fd_has(fd);
}

bool stce_is_lost(int fd)
{
	return own_fd_has_gone(fd);
}

int stce_close_range(unsigned int first, unsigned int last, int flags)
{
	unsigned int count = reason_count();

	return (int)REASON_END(count, own_fd_close_range(first, last, flags));
}

int stce_replace(int fd, int copy, int flags)
{
	unsigned int count = reason_count();

	return (int)REASON_END(count, own_fd_replace(fd, copy, flags));
}

/* Returns the space of a file of this process that other processes may have, or NULL. */
static struct file_space *lent_by(int fd)
{
	struct file_space *space = NULL;
	struct file *file;

	rcu_read_lock();
	file = fd_table_peek(fd);
	if (file && file->list && !file_is_inherited(file) && atomic_load(&file->is_elsewhere))
		space = container_of(file->list, struct file_space, files);
	rcu_read_unlock();
	return space;
}

int stce_close(int fd)
{
	unsigned int count = reason_count();
	struct file_space *space = lent_by(fd);
	int r;

	/* Before the number is free: another thread may open a file under it at once. */
	if (recording_is_on())
		recording_add_plain(RECORDING_CLOSE, fd, 0, 0, 0, 0);
	r = fd_table_close(fd);

	/* Another process that has ended must not seem to have the file open still. */
	if (space)
		lend_settle(space);
	return (int)REASON_END(count, r);
}

void stce_duplicated(int fd, int copy)
{
	struct file *file = file_of(fd);

	if (file && recording_is_on())
		recording_add_plain(RECORDING_DUP, fd, copy, (uint64_t)copy, 0, 0);
	if (file && fd_table_set(copy, file))
		file_put(file);
}

static long quick_ioctl(int fd, unsigned long request, void *argument)
{
	long (*quick)(struct file *file, unsigned long request, void *argument);
	struct file *file;
	long r = SLOWER;

	rcu_read_lock();
	file = fd_table_peek(fd);
	quick = likely(file && !file_is_inherited(file)) ? file->ops->quick_ioctl : NULL;
	if (likely(quick))
		r = quick(file, request, argument);
	rcu_read_unlock();
	return r;
}

static long general_ioctl(int fd, unsigned long request, void *argument)
{
	unsigned int count = reason_count();
	struct file *file = file_of(fd);
	long r;

	if (unlikely(!file))
		return REASON_END(count, os_ioctl(fd, request, argument));
	r = file->ops->ioctl(file, request, argument);
	file_put(file);
	return REASON_END(count, r);
}

/* Leaves errno alone, as a quick call does by itself. */
static __attribute__((noinline)) long slow_ioctl(int fd, unsigned long request, void *argument)
{
	int saved = errno;
	long r = general_ioctl(fd, request, argument);

	errno = saved;
	return r;
}

static inline long make_ioctl(int fd, unsigned long request, void *argument)
{
	long r = quick_ioctl(fd, request, argument);

	return likely(r != SLOWER) ? r : slow_ioctl(fd, request, argument);
}

long stce_ioctl(int fd, unsigned long request, void *argument)
{
	return recording_is_on() ? recorded_ioctl(make_ioctl, fd, request, argument) : make_ioctl(fd, request, argument);
}

static ssize_t not_ours(int fd)
{
	return REASON(-EBADF, "descriptor %d is no file of a machine", fd);
}

/* Gives the reason why a file has no bytes at an offset. */
static ssize_t no_bytes(const struct file *file, off_t offset)
{
	if (offset < 0)
		return REASON(-EINVAL, "offset %lld is negative", (long long)offset);
	if (file->ops->has_no_position)
		return REASON(-ESPIPE, "a file of kind %s has no offsets", file->ops->kind);
	return REASON(-EINVAL, "a file of kind %s has nothing to read or write", file->ops->kind);
}

static ssize_t read_at(int fd, void *buffer, size_t size, off_t offset)
{
	unsigned int count = reason_count();
	struct file *file = file_of(fd);
	ssize_t r;

	if (!file)
		return not_ours(fd);
	r = file->ops->pread && offset >= 0 ? file->ops->pread(file, buffer, size, (uint64_t)offset) :
					       no_bytes(file, offset);
	file_put(file);
	return REASON_END(count, r);
}

ssize_t stce_pread(int fd, void *buffer, size_t size, off_t offset)
{
	ssize_t r = read_at(fd, buffer, size, offset);

	if (recording_is_on())
		recorded_read(fd, buffer, size, offset, r);
	return r;
}

static ssize_t write_at(int fd, const void *buffer, size_t size, off_t offset)
{
	unsigned int count = reason_count();
	struct file *file = file_of(fd);
	ssize_t r;

	if (!file)
		return not_ours(fd);
	r = file->ops->pwrite && offset >= 0 ? file->ops->pwrite(file, buffer, size, (uint64_t)offset) :
						no_bytes(file, offset);
	file_put(file);
	return REASON_END(count, r);
}

ssize_t stce_pwrite(int fd, const void *buffer, size_t size, off_t offset)
{
	ssize_t r = write_at(fd, buffer, size, offset);

	if (recording_is_on())
		recorded_write(fd, buffer, size, offset, r);
	return r;
}

/*
 * A read without an offset starts at 0, in a device's first BAR, because our files have no
 * position. A file that refuses offsets (-ESPIPE) has nothing to read at all, which is -EINVAL.
 */
ssize_t stce_read(int fd, void *buffer, size_t size)
{
	ssize_t r = stce_pread(fd, buffer, size, 0);

	return r == -ESPIPE ? -EINVAL : r;
}

ssize_t stce_write(int fd, const void *buffer, size_t size)
{
	ssize_t r = stce_pwrite(fd, buffer, size, 0);

	return r == -ESPIPE ? -EINVAL : r;
}

int stce_mmap(int fd, void *address, size_t length, int prot, int flags, off_t offset,
	      void **mapping)
{
	unsigned int count = reason_count();
	struct file *file = file_of(fd);
	int r;

	if (!file)
		return (int)not_ours(fd);
	if (file->ops->maps_itself) {
		*mapping = os_mmap(address, length, prot, flags, fd, (uint64_t)offset);
		r = os_is_error(*mapping) ? os_error(*mapping) : 0;
	} else if (file->ops->mmap) {
		r = file->ops->mmap(file, &(struct file_mapping){ address, length, prot, flags, (uint64_t)offset }, mapping);
	} else {
		/* [linux] Files without the operation mmap. */
		r = REASON(-ENODEV, "no part of this file can be mapped");
	}
	file_put(file);
	if (recording_is_on())
		recorded_mmap(fd, length, prot, flags, offset, r ? NULL : *mapping, r);
	return (int)REASON_END(count, r);
}

/* Returns false if the file looks as its backing file does. */
static bool show(const struct file_look *from, struct stce_look *look)
{
	*look = (struct stce_look){ from->mode, from->rdev };
	return from->mode;
}

bool stce_look(int fd, struct stce_look *look)
{
	struct file *file = fd_table_get(fd);
	bool differs = file && show(&file->look, look);

	if (file)
		file_put(file);
	return differs;
}

bool stce_look_at(struct stce_machine *machine, const char *path, struct stce_look *look)
{
	struct machine_parts *parts = machine_parts(machine);
	struct file_node *node = parts ? file_space_find(&parts->space, path) : NULL;
	struct file_look group;
	int number, end = 0;

	/* A child of vfork() may ask, so this does not look for what was plugged in. */
	if (!node && sscanf(path, VFIO_FOLDER "%d%n", &number, &end) == 1 && !path[end]) {
		group = vfio_group_look(number);
		group.mode = S_IFCHR | machine->config->node.mode;
		return show(&group, look);
	}
	/* The file of an attribute in the mirror looks as it should. */
	return node && !is_attribute(node) && show(&node->look, look);
}

const char *stce_path(struct stce_machine *machine, const char *path, char *buffer, size_t size)
{
	return machine->directory[0] ? mirror_path(machine->directory, path, buffer, size) : path;
}
