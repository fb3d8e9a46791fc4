/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only way for a function to reach memory: these calls check the bus master bit of the command
 * register, and then do as dma/access.h and dma/hold.h say. -EFAULT: the access is a fault, which
 * has been counted.
 */
#ifndef STCE_DEV_FUNCTION_DMA_H
#define STCE_DEV_FUNCTION_DMA_H

#include "dev/function.h"

int function_dma_read(struct function *fn, struct ioba ioba, void *buffer, size_t length);
int function_dma_write(struct function *fn, struct ioba ioba, const void *buffer, size_t length);
int function_dma_fill(struct function *fn, struct ioba ioba, uint8_t byte, uint64_t length);
int function_dma_copy(struct function *fn, struct ioba to, struct ioba from, uint64_t length);
/* dma_release() ends the hold. */
int function_dma_hold(struct function *fn, const struct dma_request *request, struct dma_hold *hold);

#endif
