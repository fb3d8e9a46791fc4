/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of sysfs that are no plain files: they do something when they are written, or cannot be
 * opened. attribute.c owns their nodes and open files, attribute_store.c what a write does.
 */
#ifndef STCE_VFIO_ATTRIBUTE_H
#define STCE_VFIO_ATTRIBUTE_H

#include "vfio/vfio.h"

struct vfio_attribute;

enum vfio_attribute_scope { ATTRIBUTE_OF_BUS, ATTRIBUTE_OF_DRIVER, ATTRIBUTE_OF_FUNCTION, ATTRIBUTE_OF_VFIO };

struct vfio_attribute_kind {
	enum vfio_attribute_scope scope;
	const char *name;
	unsigned int mode;
	/* Obeys the text of one write. -errno. */
	int (*store)(struct vfio_attribute *attribute, char *text);
	/* Replaces store() for a binary file: writes a part of it. Returns the bytes or -errno. */
	ssize_t (*write)(struct vfio_attribute *attribute, const uint8_t *bytes, size_t size, uint64_t offset);
	/* No program can open the file of a BAR, and it has neither store() nor write(). */
	bool is_registers;
};

struct vfio_attribute {
	const struct vfio_attribute_kind *kind;
	struct vfio_host *host;
	struct vfio_host_function *function;   /* NULL if it is not a function's */
	const char *driver;                    /* NULL if it is not a driver's */
	char path[160];                        /* without links */
	struct file_node node;
	struct vfio_attribute *next;
};

/* attribute_sriov.c: what a write to the files about virtual functions does. */
int vfio_store_numvfs(struct vfio_attribute *attribute, char *text);
int vfio_store_autoprobe(struct vfio_attribute *attribute, char *text);
int vfio_store_msix_count(struct vfio_attribute *attribute, char *text);
int vfio_store_enable_sriov(struct vfio_attribute *attribute, char *text);

extern const struct vfio_attribute_kind vfio_attribute_kinds[];
extern const unsigned int vfio_attribute_kind_count;

#endif
