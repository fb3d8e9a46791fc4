/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames a card receives [82576 7.1.1], and into which queue [7.1.2]. */
#ifndef STCE_IGB_FILTER_H
#define STCE_IGB_FILTER_H

#include "igb/card.h"
#include "igb/parse.h"

/*
 * Returns the upper word of the next of the card's addresses that is this one, from the n-th on, or 0; *n moves behind
 * it.
 */
uint32_t igb_address_high(const struct igb *igb, const uint8_t *to, unsigned int *n);
/* Returns whether the hash of the address is in the table, which is at IGB_MTA or IGB_UTA. */
bool igb_is_in_table(const struct igb *igb, uint32_t table, const uint8_t *to);
bool igb_address_is_ours(const struct igb *igb, const uint8_t *to);
bool igb_vlan_is_ours(const struct igb *igb, uint16_t tag);

struct igb_hash {
	uint32_t value;
	uint8_t kind;              /* as a receive descriptor has it; 0: there is none */
	unsigned int queue;
};

struct igb_hash igb_hash_of(const struct igb *igb, const struct igb_headers *h);

#endif
