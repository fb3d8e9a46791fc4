/* SPDX-License-Identifier: BSD-2-Clause */
/* The statistics registers [82576 8.18]. */
#ifndef STCE_IGB_STATISTICS_H
#define STCE_IGB_STATISTICS_H

#include "igb/card.h"

static inline void igb_count(struct igb *igb, uint32_t offset)
{
	++*igb_reg(igb, offset);
}

/* Counts a good frame; `to` is its destination, length is without FCS. */
void igb_count_sent(struct igb *igb, const uint8_t *to, uint32_t length);
void igb_count_received(struct igb *igb, const uint8_t *to, uint32_t length);
/* Counts a frame that the port has delivered, good or not. */
void igb_count_arrived(struct igb *igb, uint32_t length);
/* Count a frame of a pool, if a virtual function has it. */
void igb_count_vf_sent(struct igb *igb, unsigned int pool, uint32_t length);
void igb_count_vf_received(struct igb *igb, unsigned int pool, const uint8_t *to, uint32_t length);
uint32_t igb_statistics_read(struct igb *igb, uint32_t offset);

#endif
