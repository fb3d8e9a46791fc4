/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at the program's address space as the kernel shows it in /proc/self/maps and smaps. The
 * view is of that moment; the program may change it at any time. What follows from it is left to
 * mem/pin.c.
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
/* Looks in one file, which has the form of maps or of smaps. */
int mem_vma_look_in(const char *path, struct vaddr start, uint64_t length, struct mem_vma_view *view);

#endif
