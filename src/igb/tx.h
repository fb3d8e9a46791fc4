/* SPDX-License-Identifier: BSD-2-Clause */
/* The transmit queues [82576 7.2]. Only the worker calls these. */
#ifndef STCE_IGB_TX_H
#define STCE_IGB_TX_H

#include "igb/card.h"

/* Sends at most a batch of frames, and returns whether it sent any. */
bool igb_tx_serve(struct igb *igb);

#endif
