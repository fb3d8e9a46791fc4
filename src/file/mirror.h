/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulated host's part of the file system, as real files in one directory: sys/ mirrors what
 * programs look up about PCI functions, their drivers and IOMMU groups, and dev/ has the device
 * nodes. mirror.c owns which paths lead there and what is the same for every host, mirror_function.c
 * a function's folder, mirror_driver.c the links between functions and drivers. They are plain
 * files: what a write to them does is left to vfio/attribute.c.
 */
#ifndef STCE_FILE_MIRROR_H
#define STCE_FILE_MIRROR_H

#include "util/types.h"

#define MIRROR_DRIVER_SIZE 64   /* of a driver's name */
#define VFIO_PCI_DRIVER    "vfio-pci"

struct mirror_function {
	const char *address;        /* "0000:01:00.0" */
	int group;
	const char *driver;         /* "vfio-pci", which gives the group a device node, or another one */
	const uint8_t *config;      /* config space at power-on */
	unsigned int config_size;   /* bytes, 256 or 4096 */
	int numa_node;              /* -1 if it is near none */
	const uint64_t *bar_size;   /* the size of each BAR in bytes */
	unsigned int bar_count;
	const char *physical;       /* the address of a virtual function's physical one, or NULL */
	unsigned int number;        /* of a virtual function */
};

/* Makes the tree without functions. -errno. */
int mirror_create(const char *directory);

/* mirror_function.c: adds a function with its driver, or without one if the name is "". -errno. */
int mirror_add_function(const char *directory, const struct mirror_function *function);

/*
 * mirror_virtual.c: mirror_function.c calls the first two. mirror_set_vfs() shows how many virtual functions there are,
 * of mirror_total_vfs(), which is 0 for a function that can have none. mirror_probes_vfs() tells whether new ones get a
 * driver, and mirror_vfio_has_sriov() whether vfio-pci makes any. -errno.
 */
int mirror_add_physical(const char *directory, const struct mirror_function *function);
int mirror_add_virtual(const char *directory, const struct mirror_function *function);
void mirror_forget_virtual(const char *directory, const char *physical, unsigned int number);
unsigned int mirror_vfs(const char *directory, const char *address);
unsigned int mirror_total_vfs(const char *directory, const char *address);
bool mirror_probes_vfs(const char *directory, const char *address);
int mirror_set_vfs(const char *directory, const char *address, unsigned int count);
bool mirror_vfio_has_sriov(const char *directory);
int mirror_set_vfio_sriov(const char *directory, bool is_on);

/* mirror_driver.c: makes the folder of a driver, which may be there already. -errno. */
int mirror_add_driver(const char *directory, const char *driver);
/* Sets name to that of the function's driver, or to "". Returns whether it has one. */
bool mirror_driver(const char *directory, const char *address, char name[MIRROR_DRIVER_SIZE]);
/* Returns whether the function has this driver. */
bool mirror_is_bound(const char *directory, const char *address, const char *driver);
/*
 * mirror_bind() gives the function a driver that has a folder; -EEXIST: it has one.
 * mirror_unbind() takes its driver away; -ENOENT: it has none.
 */
int mirror_bind(const char *directory, const char *address, const char *driver);
int mirror_unbind(const char *directory, const char *address);

/* mirror_change.c: shows or hides the device node of a group. -errno; -EEXIST and -ENOENT are none. */
int mirror_show_node(const char *directory, int group, bool shows);
bool mirror_is_present(const char *directory, const char *address);
/*
 * mirror_hide_function() takes a function without a driver out of the tree, and its group if that
 * has no other. mirror_present_function() puts it back without driver_override; nothing happens if
 * it is there. -errno.
 */
int mirror_hide_function(const char *directory, const char *address, int group);
int mirror_present_function(const char *directory, const char *address, int group);
/* Puts the folder of a group back that has only hidden functions; nothing happens if it is there. */
void mirror_show_group(const char *directory, int group);
/*
 * Removes a function that was hidden for good, and its group's folder if it is the last one that the
 * group has.
 */
void mirror_forget_function(const char *directory, const char *address, int group, bool is_last);
/*
 * The text of a function's file, with its line end; the empty text if there is none. Writing
 * replaces it: -errno.
 */
void mirror_read_value(const char *directory, const char *address, const char *name, char *text, size_t size);
int mirror_write_value(const char *directory, const char *address, const char *name, const char *text);

/*
 * Follows the links of a path of the host below /sys, and sets the buffer to the host's path of the
 * file. -errno: there is none, or it is not the mirror's.
 */
int mirror_resolve(const char *directory, const char *path, char *buffer, size_t size);

/*
 * Returns where a path of the emulated host really lies. Returns the path itself if it is not the
 * mirror's, or if the buffer is too small.
 */
const char *mirror_path(const char *directory, const char *path, char *buffer, size_t size);

#endif
