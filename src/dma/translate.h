/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns bus addresses into the program's, range by range, and appends them to the pieces of a hold.
 * The caller has entered the gates (hold.c, hold_ranges.c), and is inside the RCU read lock.
 */
#ifndef STCE_DMA_TRANSLATE_H
#define STCE_DMA_TRANSLATE_H

#include "dma/hold.h"

/*
 * Translates a range that lies in the window, and sets hold->translated to how many of its bytes were
 * translated. Returns 0, -E2BIG if there are more pieces than iov_size, or a fault > 0.
 */
int dma_translate(struct dma_hold *hold, struct host_window *window, const struct dma_range *range,
		  unsigned int iov_size);
/*
 * Translates a request's only range by `count` entries that lie side by side, at least one and no more than piece_max; it
 * begins `at` bytes behind the start of a page. false: it cannot be done, and dma_translate() tells why.
 */
bool dma_translate_run(struct dma_hold *hold, const struct dma_request *request, const tce_entry *entry, uint64_t count,
		       uint64_t page_mask, uint64_t at);
/* Does so where the bypass takes the place of a window. */
int dma_pass(struct dma_hold *hold, const struct dma_range *range, unsigned int iov_size);

#endif
