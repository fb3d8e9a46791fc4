/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive queues [82576 7.1]. Only the worker calls these. */
#ifndef STCE_IGB_RX_H
#define STCE_IGB_RX_H

#include "igb/card.h"

/* Receives at most a batch of frames, and returns whether it took any from the port. */
bool igb_rx_serve(struct igb *igb);
/* Receives a frame that the card has sent to itself. */
void igb_rx_loop(struct igb *igb, const struct iovec *part, unsigned int parts);

#endif
