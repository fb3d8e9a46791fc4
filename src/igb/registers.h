/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that both models have, and the reset of all. The function's lock is held. */
#ifndef STCE_IGB_REGISTERS_H
#define STCE_IGB_REGISTERS_H

#include "igb/card.h"

/* Sets the registers of a queue to 0, which turns it off. The worker is not busy. */
void igb_queue_reset(struct igb *igb, unsigned int queue);
/* Sorts the registers by address; comes before all accesses. */
void igb_registers_init(struct igb *igb);
/* Sets all registers but the PHY's to what they are after a reset of the MAC. The worker is not busy. */
void igb_registers_reset(struct igb *igb);
/* Returns whether the word keeps bits that are written to it, or that the card sets. */
bool igb_register_exists(const struct igb *igb, uint32_t index);

void igb_ctrl_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_ones_clear(struct igb *igb, uint32_t offset, uint32_t value);
uint32_t igb_rx_queue_read(struct igb *igb, uint32_t offset);
void igb_rx_queue_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_tx_queue_write(struct igb *igb, uint32_t offset, uint32_t value);

#endif
