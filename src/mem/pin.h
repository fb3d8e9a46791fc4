/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pinning, as far as user space can: the pages are there and writable when
 * the call returns. A program that unmaps them later meets DMA errors, not
 * old pages, which is where we differ from Linux [DIFF-31].
 */
#ifndef STCE_MEM_PIN_H
#define STCE_MEM_PIN_H

#include "util/types.h"

enum mem_pin_mode {
	MEM_PIN_POPULATE,   /* every page is faulted in, writable, at once */
	MEM_PIN_LAZY,       /* the mappings are judged; pages come with the first access */
};

/*
 * Pins [start, start + length), both multiples of the machine's page. Returns
 * how many bytes from the start could be pinned: less than length where a
 * page is missing or not writable. *page_shift gets the smallest page that
 * backs what was pinned. -errno where nothing can be found out.
 */
int mem_pin(struct vaddr start, uint64_t length, enum mem_pin_mode mode,
	    uint64_t *pinned, unsigned int *page_shift);

/* True when each page of the range is there and writable; faults them in. */
bool mem_pin_now(struct vaddr start, uint64_t length);

#endif
