/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One mapping of the program, and how a view (mem/vma.h) is made of the mappings of a range, for
 * vma.c and vma_query.c, which find them.
 */
#ifndef STCE_MEM_VMA_MAPPING_H
#define STCE_MEM_VMA_MAPPING_H

#include "mem/vma.h"

struct mem_mapping {
	uint64_t start;
	uint64_t end;
	uint64_t page_size;
	bool writable;
	bool is_plain;      /* anonymous, and not one of the kernel's own mappings */
};

/* Returns whether a mapping is plain memory, by its name; that of a file is its path. */
bool mem_mapping_is_plain(const char *name);

void mem_view_begin(struct mem_vma_view *view);
/* Adds a mapping to the view. Returns false if the range ends here or has a gap. */
bool mem_mapping_add(const struct mem_mapping *m, uint64_t start, uint64_t length,
		     struct mem_vma_view *view);
void mem_view_end(struct mem_vma_view *view);

#endif
