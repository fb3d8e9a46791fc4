/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a device reaches memory: by bus address only, through the windows of
 * its PE. Copies go through the kernel, so memory that the program has since
 * unmapped or write-protected fails the access and nothing else.
 *
 * Every call answers 0, or -EFAULT after the fault has been counted against
 * the PE; nothing is said about which bytes were moved before it.
 */
#ifndef STCE_DMA_ACCESS_H
#define STCE_DMA_ACCESS_H

#include "dma/hold.h"

int dma_read(struct host_pe *pe, struct ioba ioba, void *buffer, size_t length);
int dma_write(struct host_pe *pe, struct ioba ioba, const void *buffer, size_t length);
int dma_fill(struct host_pe *pe, struct ioba ioba, uint8_t byte, uint64_t length);
/* Straight from page to page. Overlapping ranges copy as memcpy does: undefined order. */
int dma_copy(struct host_pe *pe, struct ioba to, struct ioba from, uint64_t length);

#endif
