/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulated host's part of the file system, as real files in one directory: sys/ mirrors what
 * programs look up about PCI functions and IOMMU groups, and dev/ has the device nodes. This file
 * owns what is written there, and which paths lead there. They are plain files, so a write to an
 * attribute only changes the file [DIFF-51], except bind and unbind, which are left to
 * vfio/host_driver.c.
 */
#ifndef STCE_FILE_MIRROR_H
#define STCE_FILE_MIRROR_H

#include "util/types.h"

struct mirror_function {
	const char *address;        /* "0000:01:00.0" */
	int group;
	const char *driver;         /* "vfio-pci", which gives the group a device node, or another one */
	uint16_t vendor, device, subsystem_vendor, subsystem;
	uint32_t class_code;
	int numa_node;              /* -1 if it is near none */
	const uint64_t *bar_size;   /* the size of each BAR in bytes */
	unsigned int bar_count;
};

/* Makes the tree without functions. -errno. */
int mirror_create(const char *directory);
int mirror_add_function(const char *directory, const struct mirror_function *function);
/* Returns whether the function has this driver. */
bool mirror_is_bound(const char *directory, const char *address, const char *driver);
/*
 * mirror_bind() gives the function a driver, which mirror_add_function() must have named before;
 * -EEXIST: it has one. mirror_unbind() takes its driver away; -ENOENT: it has none.
 */
int mirror_bind(const char *directory, const char *address, const char *driver);
int mirror_unbind(const char *directory, const char *address);

/*
 * Returns where a path of the emulated host really lies. Returns the path itself if it is not the
 * mirror's, or if the buffer is too small.
 */
const char *mirror_path(const char *directory, const char *path, char *buffer, size_t size);

#endif
