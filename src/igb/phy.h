/* SPDX-License-Identifier: BSD-2-Clause */
/* The PHY of the card, behind MDIC [82576 3.5.8]. */
#ifndef STCE_IGB_PHY_H
#define STCE_IGB_PHY_H

#include "igb/card.h"

void igb_phy_reset(struct igb *igb);
void igb_mdic_write(struct igb *igb, uint32_t offset, uint32_t value);

#endif
