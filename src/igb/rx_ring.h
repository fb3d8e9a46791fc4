/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes received frames to memory, and descriptors back. Only the worker calls these. */
#ifndef STCE_IGB_RX_RING_H
#define STCE_IGB_RX_RING_H

#include "igb/card.h"

/* A frame that is ours, and what its descriptor says about it. */
struct igb_received {
	const uint8_t *frame;
	uint32_t length;
	uint32_t status;           /* IGB_RX_*, without DD and EOP */
	uint16_t type, tag;
	uint16_t headers;          /* bytes of all headers; 0: they are not known */
	bool is_fragment;
	uint8_t hash_kind;
	uint32_t hash;
};

enum igb_stored {
	IGB_STORED_IT,
	IGB_NO_ROOM,               /* there are too few descriptors, and the queue does not drop */
	IGB_DROPPED,               /* it was counted */
};

enum igb_stored igb_rx_store(struct igb *igb, unsigned int queue, const struct igb_received *r);
/* Writes back all descriptors that have been used. */
void igb_rx_flush(struct igb *igb);

#endif
