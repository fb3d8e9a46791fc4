/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the open files of sysfs that do something when they are written, and refuses to open
 * those of registers. A file is opened here only for writing; what it shows lies in the mirror.
 */
#include "vfio/attribute.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/os.h"
#include "util/own_fd.h"
#include "util/reason.h"
#include "util/user.h"
#include "vfio/sysfs.h"

#define TEXT_SIZE 4096      /* the most that sysfs takes at once */

struct attribute_file {
	struct file file;
	struct vfio_attribute *attribute;
	bool reads;                    /* the file was opened for reading too */
	uint64_t position;             /* of reads without an offset */
	/*
	 * The backing file has the text that was written by ways we do not catch, as by a libc
	 * stream.
	 */
	struct own_fd *text_fd;
};

/* [linux kernfs_get_active] The files of a function that was removed do nothing. */
static bool is_there(const struct vfio_attribute *attribute)
{
	const struct vfio_host_function *fn = attribute->function;

	return !fn || (!atomic_load(&fn->is_gone) && mirror_is_present(vfio_directory_of(fn), fn->address));
}

static int store(struct vfio_attribute *attribute, char *text)
{
	int r = vfio_sysfs_lock(attribute->host);

	if (r)
		return r;
	vfio_look_for_plugged(attribute->host);
	r = is_there(attribute) ? attribute->kind->store(attribute, text) :
				  REASON(-ENODEV, "%s has gone", attribute->function->address);
	vfio_sysfs_unlock(attribute->host);
	return r;
}

static ssize_t attribute_read(struct file *file, void *buffer, size_t size, uint64_t offset)
{
	struct attribute_file *opened = container_of(file, struct attribute_file, file);
	uint8_t bytes[TEXT_SIZE];
	ssize_t r;
	int fd;

	if (!opened->reads)
		return REASON(-EBADF, "the descriptor is for writing only");
	fd = vfio_sysfs_open(opened->attribute->host, opened->attribute->path, O_RDONLY);
	if (fd < 0)
		return fd;
	if (!offset)
		offset = opened->position;
	r = os_pread(fd, bytes, size < TEXT_SIZE ? size : TEXT_SIZE, offset);
	os_close(fd);
	if (r > 0 && user_write(buffer, bytes, (size_t)r))
		return REASON(-EFAULT, "the text cannot be written");
	/* A binary file is read by offset; of a text a second read finds the end. */
	if (r > 0 && !opened->attribute->kind->write)
		opened->position = offset + (uint64_t)r;
	return r;
}

static ssize_t attribute_write(struct file *file, const void *buffer, size_t size, uint64_t offset)
{
	struct vfio_attribute *attribute = container_of(file, struct attribute_file, file)->attribute;
	char text[TEXT_SIZE + 1] = "";
	int r;

	if (!size)
		return 0;
	if (user_read(text, buffer, size < TEXT_SIZE ? size : TEXT_SIZE))
		return REASON(-EFAULT, "the text cannot be read");
	if (attribute->kind->write)
		return attribute->kind->write(attribute, (const uint8_t *)text, size < TEXT_SIZE ? size : TEXT_SIZE, offset);
	r = store(attribute, text);
	return r ? r : (ssize_t)size;
}

static long attribute_ioctl(struct file *file, unsigned long request, void *argument)
{
	return REASON(-ENOTTY, "an attribute of sysfs has no ioctl");
}

/*
 * [DIFF-51] Linux acts on text when it is written. We act on text that was not caught only when the
 * file is closed, and then no caller can learn the answer. Each line is a write.
 */
static void attribute_release(struct file *file)
{
	struct attribute_file *opened = container_of(file, struct attribute_file, file);
	char text[TEXT_SIZE] = "", one[TEXT_SIZE + 1];
	int fd;

	fd = own_fd_enter(opened->text_fd);
	if (fd >= 0) {
		os_pread(fd, text, TEXT_SIZE - 1, 0);
		own_fd_leave(opened->text_fd);
	}
	for (char *line = text, *end; *line && opened->attribute->kind->store; line = end) {
		end = line + strcspn(line, "\n");
		end += *end != 0;
		snprintf(one, sizeof(one), "%.*s", (int)(end - line), line);
		store(opened->attribute, one);
	}
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

/* Returns whether the mirror's file can be opened in this way, which the program's user decides. */
static int may_open(const struct vfio_attribute *attribute)
{
	int fd = vfio_sysfs_open(attribute->host, attribute->path, O_WRONLY);

	if (fd < 0)
		return REASON(fd, "%s cannot be written", attribute->path);
	os_close(fd);
	return attribute->kind->is_registers ? REASON(-EOPNOTSUPP, "registers are reached only through a device "
						      "file of VFIO [DIFF-62]") : 0;
}

static int attribute_open(struct file_node *node, int fd, bool adopted, struct file **file)
{
	struct vfio_attribute *attribute = node->context;
	struct attribute_file *opened;
	int r = adopted ? 0 : may_open(attribute);

	if (r)
		return r;
	opened = ALLOC(struct attribute_file);
	if (!opened)
		return -ENOMEM;
	opened->attribute = attribute;
	opened->reads = attribute->kind->mode & 0444;
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

/* Adds a file, unless it is there already: the functions of one driver share its folder. */
static int add(struct vfio_host *host, struct vfio_host_function *fn, const char *driver, unsigned int n)
{
	const struct vfio_attribute_kind *kind = &vfio_attribute_kinds[n];
	struct vfio_attribute *attribute = ALLOC(struct vfio_attribute);
	const char *whose = fn ? fn->address : driver ? driver : kind->scope == ATTRIBUTE_OF_VFIO ? "vfio_pci" : "pci";
	int r;

	if (!attribute)
		return -ENOMEM;
	*attribute = (struct vfio_attribute){
		.kind = kind, .host = host, .function = fn, .driver = driver,
		.node = {
			.ops = &attribute_node_ops, .context = attribute, .path = attribute->path,
			.look = { S_IFREG | kind->mode, 0 }, .is_fresh = true, .is_write_only = !(kind->mode & 0444),
			.is_read_elsewhere = kind->mode & 0444 && !kind->is_registers,
		},
	};
	if (fn)
		snprintf(attribute->path, sizeof(attribute->path), "/sys/devices/pci%.7s/%s/%s", whose, whose, kind->name);
	else if (kind->scope == ATTRIBUTE_OF_VFIO)
		snprintf(attribute->path, sizeof(attribute->path), "/sys/module/%s/parameters/%s", whose, kind->name);
	else
		snprintf(attribute->path, sizeof(attribute->path), driver ? "/sys/bus/pci/drivers/%s/%s" : "/sys/bus/%s/%s",
			 whose, kind->name);
	snprintf(attribute->node.name, sizeof(attribute->node.name), "%u-%s", n, whose);
	/* A function that is plugged in has its own, even if another had the address before. */
	if (!fn && file_space_find(host->space, attribute->path)) {
		free(attribute);
		return 0;
	}
	r = file_space_add(host->space, &attribute->node);
	if (r) {
		free(attribute);
		return r;
	}
	attribute->next = host->attributes;
	host->attributes = attribute;
	return 0;
}

int vfio_attributes_add(struct vfio_host *host, struct vfio_host_function *fn)
{
	int r = 0;

	for (unsigned int i = 0; i < vfio_attribute_kind_count && !r && host->space->directory[0]; i++) {
		bool is_drivers = vfio_attribute_kinds[i].scope == ATTRIBUTE_OF_DRIVER;

		r = add(host, vfio_attribute_kinds[i].scope == ATTRIBUTE_OF_FUNCTION ? fn : NULL,
			is_drivers ? fn->driver : NULL, i);
		if (is_drivers && !r)
			r = add(host, NULL, VFIO_PCI_DRIVER, i);
	}
	return r;
}

void vfio_attributes_free(struct vfio_host *host)
{
	while (host->attributes) {
		struct vfio_attribute *next = host->attributes->next;

		free(host->attributes);
		host->attributes = next;
	}
}
