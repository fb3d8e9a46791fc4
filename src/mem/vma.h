/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program's address space looks like right now, as the kernel tells
 * it in /proc/self/maps and smaps.
 */
#ifndef STCE_MEM_VMA_H
#define STCE_MEM_VMA_H

#include "util/types.h"

struct mem_vma_view {
	uint64_t writable;          /* bytes from the start that can be pinned for writing, no gap */
	unsigned int page_shift;    /* the smallest page that backs any of them */
	bool is_plain;              /* all of it is anonymous, in ordinary pages */
};

/* -errno where the kernel does not tell. */
int mem_vma_look(struct vaddr start, uint64_t length, struct mem_vma_view *view);
/* The same in one file, which has the form of maps or of smaps. */
int mem_vma_look_in(const char *path, struct vaddr start, uint64_t length, struct mem_vma_view *view);

#endif
