/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only way by which a function reaches memory: dma/access.h and
 * dma/hold.h behind the bus master bit of its command register. Under the
 * function's lock.
 */
#ifndef STCE_DEV_FUNCTION_DMA_H
#define STCE_DEV_FUNCTION_DMA_H

#include "dev/function.h"

int function_dma_read(struct function *fn, uint64_t ioba, void *buffer, size_t length);
int function_dma_write(struct function *fn, uint64_t ioba, const void *buffer, size_t length);
int function_dma_fill(struct function *fn, uint64_t ioba, uint8_t byte, uint64_t length);
int function_dma_copy(struct function *fn, uint64_t to, uint64_t from, uint64_t length);
/* As dma_hold(); dma_release() ends it. */
int function_dma_hold(struct function *fn, const struct dma_request *request, struct dma_hold *hold);

#endif
