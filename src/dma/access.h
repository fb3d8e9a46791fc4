/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves data between a device and memory. A device names memory by bus address only, through the
 * windows of its PE. Each copy is made by the kernel or by a guarded copy (util/guard.h), so memory
 * that the program has unmapped or write-protected meanwhile fails the access and does no other
 * harm. Devices that hand memory to system calls use dma/hold.h themselves.
 *
 * Each call returns 0, or -EFAULT after it has counted the fault against the PE. After -EFAULT any
 * part of the bytes may have been moved.
 */
#ifndef STCE_DMA_ACCESS_H
#define STCE_DMA_ACCESS_H

#include "dma/hold.h"

int dma_read(struct host_pe *pe, struct ioba ioba, void *buffer, size_t length);
int dma_write(struct host_pe *pe, struct ioba ioba, const void *buffer, size_t length);
int dma_fill(struct host_pe *pe, struct ioba ioba, uint8_t byte, uint64_t length);
/*
 * Copies from page to page without a buffer. If the ranges overlap, the order is undefined, as in
 * memcpy().
 */
int dma_copy(struct host_pe *pe, struct ioba to, struct ioba from, uint64_t length);

#endif
