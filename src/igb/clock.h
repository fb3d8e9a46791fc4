/* SPDX-License-Identifier: BSD-2-Clause */
/* The clocks of the card [82576 7.9, 8.16]. */
#ifndef STCE_IGB_CLOCK_H
#define STCE_IGB_CLOCK_H

#include "igb/card.h"

/* Returns what the clock counts when it advances. */
uint64_t igb_clock_ticks(void);
uint32_t igb_timer_read(struct igb *igb, uint32_t offset);
/* A read of the lower word keeps the upper word for the read that follows. */
uint32_t igb_systim_read(struct igb *igb, uint32_t offset);
void igb_systim_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_timinca_write(struct igb *igb, uint32_t offset, uint32_t value);

#endif
