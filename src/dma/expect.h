/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets the processor fetch the memory of an access that a device will make soon. A card that goes from
 * buffer to buffer would otherwise wait for the first lines of each.
 */
#ifndef STCE_DMA_EXPECT_H
#define STCE_DMA_EXPECT_H

#include "host/pe.h"

/*
 * Begins to fetch the range, as far as it is mapped now. It checks, counts and changes nothing, and
 * waits for nothing: the access itself does all that. `permission` is TCE_READ or TCE_WRITE.
 */
void dma_expect(struct host_pe *pe, struct ioba ioba, uint64_t length, uint64_t permission);

#endif
