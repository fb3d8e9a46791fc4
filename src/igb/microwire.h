/* SPDX-License-Identifier: BSD-2-Clause */
/* The pins of the 82545GM's EEPROM, and the register that reads it at once. */
#ifndef STCE_IGB_MICROWIRE_H
#define STCE_IGB_MICROWIRE_H

#include "igb/card.h"

#define IGB_MICROWIRE 0xff00u      /* where igb->reg keeps the state of the wire; no driver reaches it */

void igb_microwire_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_microwire_eerd_write(struct igb *igb, uint32_t offset, uint32_t value);

#endif
