/* SPDX-License-Identifier: BSD-2-Clause */
/* The EEPROM of the card [82576 6] and the semaphores before it [82576 4.5.12]. */
#ifndef STCE_IGB_NVM_H
#define STCE_IGB_NVM_H

#include "igb/card.h"

/* Makes the image, with the address of the settings and the checksum. */
void igb_nvm_init(struct igb *igb);
void igb_eerd_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_eecd_write(struct igb *igb, uint32_t offset, uint32_t value);
uint32_t igb_swsm_read(struct igb *igb, uint32_t offset);

#endif
