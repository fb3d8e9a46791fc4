/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pools get a frame [82576 7.1.1.4, 7.10.3]; a set of pools has one bit for each. Only the worker calls these. */
#ifndef STCE_IGB_POOL_H
#define STCE_IGB_POOL_H

#include "igb/card.h"

/* Returns the pools that get a frame from the wire. */
uint32_t igb_pools_of(const struct igb *igb, const uint8_t *frame, uint32_t length);
/* Returns those that get a frame which a pool sends, and whether it goes to the wire as well. */
uint32_t igb_pools_switched(const struct igb *igb, unsigned int from, const uint8_t *frame, uint32_t length, bool *leaves);
/*
 * Returns whether a frame of that queue has a sender's address that its pool does not own, which the physical
 * function's driver can forbid. It is noted in WVBR then.
 */
bool igb_is_spoofed(struct igb *igb, unsigned int queue, const uint8_t *frame);

#endif
