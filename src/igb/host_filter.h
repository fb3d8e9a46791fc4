/* SPDX-License-Identifier: BSD-2-Clause */
/* The filters that the host's driver sets for a virtual function. Lock and worker as in host.h. */
#ifndef STCE_IGB_HOST_FILTER_H
#define STCE_IGB_HOST_FILTER_H

#include "igb/card.h"

/* Removes the filters of a virtual function: addresses, VLANs, multicast and long frames. */
void igb_host_filter_clear(struct igb *igb, unsigned int vf);
/* The same, and then sets the filter of its own address. */
void igb_host_filter_reset(struct igb *igb, unsigned int vf);
/*
 * The first replaces the virtual function's own address, the second adds another one. False: it is no address of a
 * single card, or there is no filter left.
 */
bool igb_host_filter_address(struct igb *igb, unsigned int vf, const uint8_t *mac);
bool igb_host_filter_add(struct igb *igb, unsigned int vf, const uint8_t *mac);
/* Removes all addresses that were added. */
void igb_host_filter_forget(struct igb *igb, unsigned int vf);
/* Lets the virtual function join or leave a VLAN. False: there is no filter left. */
bool igb_host_filter_vlan(struct igb *igb, unsigned int vf, uint32_t vlan, bool wanted);
/* Sets the length in bytes, with FCS, up to which it receives frames. False: the card has no frames so long. */
bool igb_host_filter_length(struct igb *igb, unsigned int vf, uint32_t length);
/* Computes the table of multicast hashes from what all virtual functions have asked for. */
void igb_host_filter_multicast(struct igb *igb);

#endif
