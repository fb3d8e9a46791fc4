/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the functions that a host driver other than vfio-pci has. A program can change their
 * driver in the sysfs of a run: the "driver" link of the mirror tells all programs whether a
 * function is bound, and writing an address to the driver's "bind" or "unbind" makes or removes the
 * link. Without a run the functions stay bound.
 *
 * A group cannot be attached while a function of it is bound. Attaching claims the group's record
 * first and reads the links second; binding makes the link first and reads the record second. So if
 * both happen at once, at least one of them sees the other and gives up.
 */
#include "vfio/vfio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "file/mirror.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/own_fd.h"
#include "util/reason.h"
#include "util/user.h"

#define NAME_SIZE 64     /* longer than an address and a line end */
#define TEXT_SIZE 4096   /* the most that sysfs takes at once */

/* An open "bind" or "unbind" file. */
struct attribute_file {
	struct file file;
	const struct vfio_attribute *attribute;
	/*
	 * The backing file has the text that was written by ways we do not catch, as by a libc
	 * stream.
	 */
	struct own_fd *text_fd;
};

static int bind_function(const struct vfio_host *host, const struct vfio_host_function *fn)
{
	int r = mirror_bind(host->space->directory, fn->address, fn->driver);

	if (r)
		return r == -EEXIST ? REASON(-EBUSY, "%s is bound already", fn->address) : r;
	r = vfio_group_is_attached(fn->group);
	if (!r)
		return 0;
	mirror_unbind(host->space->directory, fn->address);
	return r < 0 ? r : REASON(-EBUSY, "group %d has a container", fn->group->pe->group);
}

static int unbind_function(const struct vfio_host *host, const struct vfio_host_function *fn)
{
	if (vfio_host_function_is_bound(fn) && mirror_unbind(host->space->directory, fn->address) == 0)
		return 0;
	return REASON(-ENODEV, "%s does not have %s", fn->driver, fn->address);
}

/* [linux bind_store, unbind_store] One line end behind the name is not part of it. */
static int store(const struct vfio_attribute *attribute, char *name)
{
	const struct vfio_host_function *self = attribute->function, *fn = self->group->host->functions;
	size_t length = strlen(name);

	if (length && name[length - 1] == '\n')
		name[length - 1] = 0;
	while (fn && (strcmp(fn->address, name) || strcmp(fn->driver, self->driver)))
		fn = fn->next;
	if (!fn)
		return REASON(-ENODEV, "%s has nothing to do with \"%s\"", self->driver, name);
	return attribute->binds ? bind_function(self->group->host, fn) : unbind_function(self->group->host, fn);
}

static ssize_t attribute_read(struct file *file, void *buffer, size_t size, uint64_t offset)
{
	return REASON(-EBADF, "the descriptor is for writing only");
}

static ssize_t attribute_write(struct file *file, const void *buffer, size_t size, uint64_t offset)
{
	char name[NAME_SIZE] = "";
	int r;

	if (!size)
		return 0;
	if (user_read(name, buffer, size < NAME_SIZE ? size : NAME_SIZE - 1))
		return REASON(-EFAULT, "the name cannot be read");
	r = store(container_of(file, struct attribute_file, file)->attribute, name);
	return r ? r : (ssize_t)size;
}

static long attribute_ioctl(struct file *file, unsigned long request, void *argument)
{
	return REASON(-ENOTTY, "an attribute of sysfs has no ioctl");
}

/*
 * [DIFF-51] Linux acts on text when it is written. We act on text that was not caught only when the
 * file is closed, and then no caller can learn the answer. Each line is a name.
 */
static void attribute_release(struct file *file)
{
	struct attribute_file *opened = container_of(file, struct attribute_file, file);
	char text[TEXT_SIZE] = "", *rest = text, *name;
	int fd;

	fd = own_fd_enter(opened->text_fd);
	if (fd >= 0) {
		os_pread(fd, text, TEXT_SIZE - 1, 0);
		own_fd_leave(opened->text_fd);
	}
	while ((name = strtok_r(rest, "\n", &rest)))
		store(opened->attribute, name);
	own_fd_free(opened->text_fd);
	free(opened);
}

static const struct file_ops attribute_ops = {
	.kind = "attribute",
	.ioctl = attribute_ioctl,
	.pread = attribute_read,
	.pwrite = attribute_write,
	.release = attribute_release,
};

static int attribute_open(struct file_node *node, int fd, bool adopted, struct file **file)
{
	const struct vfio_attribute *attribute = node->context;
	const struct vfio_host_function *fn = attribute->function;
	struct attribute_file *opened;
	int r;

	if (!adopted && attribute->is_behind_link && !vfio_host_function_is_bound(fn))
		return REASON(-ENOENT, "%s has no driver", fn->address);
	opened = ALLOC(struct attribute_file);
	if (!opened)
		return -ENOMEM;
	opened->attribute = attribute;
	r = own_fd_dup(fd, &opened->text_fd);
	if (r) {
		free(opened);
		return r;
	}
	file_init(&opened->file, &attribute_ops);
	*file = &opened->file;
	return 0;
}

static const struct file_node_ops attribute_node_ops = { .open = attribute_open };

/*
 * Adds a sysfs file, unless it is there already: the functions of one driver share its directory.
 */
static int add_attribute(struct vfio_host_function *fn, unsigned int n)
{
	static const struct {
		const char *path, *name;
		bool binds;
	} kinds[VFIO_ATTRIBUTES] = {
		{ "/sys/bus/pci/drivers/%s/bind", "bind-%s", true },
		{ "/sys/bus/pci/drivers/%s/unbind", "unbind-%s", false },
		{ "/sys/bus/pci/devices/%s/driver/unbind", "unbind-%s", false },
	};
	struct vfio_attribute *attribute = &fn->attribute[n];
	struct file_space *space = fn->group->host->space;
	const char *whose = n < 2 ? fn->driver : fn->address;

	*attribute = (struct vfio_attribute){
		.function = fn,
		.binds = kinds[n].binds,
		.is_behind_link = n == 2,
		.node = {
			.ops = &attribute_node_ops, .context = attribute, .path = attribute->path,
			.look = { S_IFREG | 0200, 0 }, .is_fresh = true, .is_write_only = true,
		},
	};
	snprintf(attribute->path, sizeof(attribute->path), kinds[n].path, whose);
	snprintf(attribute->node.name, sizeof(attribute->node.name), kinds[n].name, whose);
	return file_space_find(space, attribute->path) ? 0 : file_space_add(space, &attribute->node);
}

int vfio_host_function_add(struct vfio_group *group, struct vfio_host_function *fn)
{
	int r = 0;

	fn->group = group;
	fn->next = group->host->functions;
	group->host->functions = fn;
	for (unsigned int i = 0; i < VFIO_ATTRIBUTES && !r && group->host->space->directory[0]; i++)
		r = add_attribute(fn, i);
	return r;
}
