/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splits a received frame between the header buffer of its first descriptor and packet buffers [82576 7.1.10]. Only
 * the worker calls this.
 */
#ifndef STCE_IGB_RX_SPLIT_H
#define STCE_IGB_RX_SPLIT_H

#include "igb/rx_ring.h"

struct igb_split {
	uint32_t size;             /* bytes that go to the header buffer */
	uint32_t first;            /* what the first word of that descriptor tells of it: HDR_LEN, SPH */
	uint32_t status;           /* what the status adds: HBO */
};

struct igb_split igb_rx_split(const struct igb *igb, unsigned int queue, const struct igb_received *r);

#endif
