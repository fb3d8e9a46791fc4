/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives frames to pools. Only the worker calls this. */
#ifndef STCE_IGB_RX_POOL_H
#define STCE_IGB_RX_POOL_H

#include "igb/pool.h"
#include "igb/rx_ring.h"

/* Stores the frame in igb->frame in a queue of each of these pools. IGB_DROPPED: one of them had no room and lost it. */
enum igb_stored igb_pools_store(struct igb *igb, uint32_t length, uint32_t pools);

#endif
