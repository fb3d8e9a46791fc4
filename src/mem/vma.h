/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at the program's address space: what can be written, and what pages are behind it. The view
 * is of that moment; the program may change it at any time. /proc/self/maps and smaps tell all, but
 * reading them costs as much as the program has mappings; so they are read only for what the
 * kernel does not answer about one address. What follows from a view is left to mem/pin.c.
 */
#ifndef STCE_MEM_VMA_H
#define STCE_MEM_VMA_H

#include "util/types.h"

struct mem_vma_view {
	uint64_t writable;          /* bytes from the start, without a gap, that can be pinned for writing */
	unsigned int page_shift;    /* the smallest page that backs any of them */
	bool is_plain;              /* all of it is anonymous memory in ordinary pages */
};

/* -errno: the kernel does not show the mappings. */
int mem_vma_look(struct vaddr start, uint64_t length, struct mem_vma_view *view);

/*
 * Returns log2 of the smallest page behind a range that is mapped, and that of an ordinary page if
 * the kernel does not show it. It reads no file of the kernel's for memory that begins with ordinary
 * pages, if Linux is 5.16 or later.
 */
unsigned int mem_vma_page_shift(struct vaddr start, uint64_t length);

/* The ways of looking: in one file, which has the form of maps or of smaps; ... */
int mem_vma_look_in(const char *path, struct vaddr start, uint64_t length, struct mem_vma_view *view);
/* ... by asking for each mapping of the range. -ENOTTY: the kernel is older than 6.11. */
int mem_vma_query(struct vaddr start, uint64_t length, struct mem_vma_view *view);

#endif
