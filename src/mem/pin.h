/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pins memory as far as user space can: pages are present and writable when the call returns. If
 * the program unmaps them later, a device that uses them meets DMA errors (host/leave.h), while
 * Linux would keep the old pages [DIFF-31]. Charging is left to mem/region.c.
 */
#ifndef STCE_MEM_PIN_H
#define STCE_MEM_PIN_H

#include "util/types.h"

enum mem_pin_mode {
	MEM_PIN_POPULATE,   /* every page is faulted in for writing at once */
	MEM_PIN_LAZY,       /* only the mappings are checked; a page comes with its first access */
};

/*
 * Pins [start, start + length), both multiples of the machine's page. *pinned is the number of
 * bytes from the start that could be pinned, which is less than length if a page is missing or not
 * writable. *page_shift is that of the smallest page that backs them; page_shift may be NULL. -errno:
 * the kernel does not show the mappings.
 */
int mem_pin(struct vaddr start, uint64_t length, enum mem_pin_mode mode,
	    uint64_t *pinned, unsigned int *page_shift);

/* Faults the range in, and returns true if each page is present and writable. */
bool mem_pin_now(struct vaddr start, uint64_t length);

#endif
