/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mappings of BARs in this process. The pages of a mapping are without access, so that each load
 * and store faults; bar_fault.c makes the access on the register. A mapping holds its device's file,
 * which lives on when the program has closed it.
 *
 * Looking up takes no lock. The kernel's mappings and ours cannot change at one instant, so a thread
 * that faults while they change, or has faulted before and looks up after, tries its instruction
 * again:
 *
 *  (X1) A fault is passed to the program only if no mapping had the address from some moment on
 *       which comes after the thread's previous fault, or since the last change.
 *
 * What can be mapped is left to device_mmap.c.
 */
#ifndef STCE_VFIO_BAR_MAP_H
#define STCE_VFIO_BAR_MAP_H

#include "util/range.h"
#include "vfio/device.h"

struct bar_mapping {
	uint64_t start, end;            /* the program's addresses */
	struct vfio_device *device;
	unsigned int index;             /* of the region */
	uint64_t offset;                /* in the region, of `start` */
	int prot;                       /* what the program asked for */
};

/* Returns whether a byte of the range is mapped. Cheap while there is no mapping at all. */
bool bar_map_has(struct range range);
/*
 * Maps mapping->end - mapping->start bytes, wherever the kernel finds room or the flags of mmap(2)
 * say, and sets *address. Mappings that were there are removed. -errno as mmap(2) fails.
 */
int bar_map_add(const struct bar_mapping *mapping, void *wish, int flags, void **address);

/*
 * The kernel's mappings of a range are about to be removed or replaced, between begin and end.
 * Threads that fault wait for the end. When bar_map_remove() returns no mapping has a byte of the
 * range. Without memory for a new set the old one stays: then registers answer at addresses where
 * nothing is mapped.
 */
void bar_map_begin(void);
void bar_map_remove(struct range range);
void bar_map_end(void);

/* As mremap(2) and mprotect(2), for ranges that have a byte of a mapping. -errno. */
int bar_map_move(struct range range, uint64_t new_size, int flags, void *to, void **address);
int bar_map_protect(struct range range, int prot);

/*
 * Finds the mapping of an address, and takes a reference on its device's file unless that is the
 * parent's of a forked child.
 */
bool bar_map_get(uint64_t address, struct bar_mapping *mapping);
void bar_map_put(const struct bar_mapping *mapping);
/* Returns whether this process has made the mapping. In a forked child the parent has. */
bool bar_map_is_own(const struct bar_mapping *mapping);
/* Returns whether a thread that found no mapping must try its instruction again (X1). */
bool bar_map_has_changed(void);

#endif
