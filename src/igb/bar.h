/* SPDX-License-Identifier: BSD-2-Clause */
/* BAR 0 with the card's registers, and BAR 3 with the MSI-X table. The function's lock is held. */
#ifndef STCE_IGB_BAR_H
#define STCE_IGB_BAR_H

#include "igb/card.h"

uint64_t igb_bar_read(struct function *fn, unsigned int bar, uint64_t offset, unsigned int size);
void igb_bar_write(struct function *fn, unsigned int bar, uint64_t offset, unsigned int size, uint64_t value);
/*
 * Access one word at the newest of its addresses, as a virtual function does: a write does not start the card.
 * igb_register_read() takes any address.
 */
uint32_t igb_register_read(struct igb *igb, uint64_t address);
void igb_register_write(struct igb *igb, uint32_t offset, uint32_t value);

#endif
