/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulated host's part of the file system, as real files below one
 * directory: sys/ mirrors what programs look up about PCI functions and
 * IOMMU groups, dev/ the device nodes. Here is what is written there, and
 * which paths lead there. They are plain files, whatever is written to them
 * [DIFF-51].
 */
#ifndef STCE_FILE_MIRROR_H
#define STCE_FILE_MIRROR_H

#include "util/types.h"

struct mirror_function {
	const char *address;        /* "0000:01:00.0" */
	int group;
	const char *driver;         /* "vfio-pci"; a group that has no such function has no device node */
	uint16_t vendor, device, subsystem_vendor, subsystem;
	uint32_t class_code;
	int numa_node;              /* -1: of none */
	const uint64_t *bar_size;   /* bytes each */
	unsigned int bar_count;
};

/* Makes the empty tree. -errno. */
int mirror_create(const char *directory);
int mirror_add_function(const char *directory, const struct mirror_function *function);
/* Whether the function has this driver. */
bool mirror_is_bound(const char *directory, const char *address, const char *driver);
/* The function gets a driver that mirror_add_function() has named before, or loses its own. -EEXIST, -ENOENT. */
int mirror_bind(const char *directory, const char *address, const char *driver);
int mirror_unbind(const char *directory, const char *address);

/*
 * Where a path of the emulated host really lies; the path itself when it is
 * not the mirror's, or when the buffer is too small.
 */
const char *mirror_path(const char *directory, const char *path, char *buffer, size_t size);

#endif
