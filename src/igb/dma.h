/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves bytes between the worker and host memory. Only the worker calls these. */
#ifndef STCE_IGB_DMA_H
#define STCE_IGB_DMA_H

#include "igb/card.h"

/* As function_dma_read() and function_dma_write(). The function is the card's, or a virtual one of it. */
int igb_dma_read(struct function *fn, struct ioba ioba, void *buffer, size_t length);
int igb_dma_write(struct function *fn, struct ioba ioba, const void *buffer, size_t length);

/* Begins to fetch what a later call will move. */
void igb_dma_expect(struct function *fn, struct ioba ioba, size_t length, uint64_t permission);

/*
 * Writes a word at each offset from base, in this order, which others see, too. Several that ascend in a page are one
 * access.
 */
int igb_dma_write_words(struct function *fn, struct ioba base, const uint32_t *offset, unsigned int count,
			struct le32 word);

#endif
