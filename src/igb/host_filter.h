/* SPDX-License-Identifier: BSD-2-Clause */
/* The filters that the host's driver sets for a virtual function. Lock and worker as in host.h. */
#ifndef STCE_IGB_HOST_FILTER_H
#define STCE_IGB_HOST_FILTER_H

#include "igb/card.h"

/* Takes away what a virtual function had. */
void igb_host_filter_clear(struct igb *igb, unsigned int vf);
/* And gives it its address. */
void igb_host_filter_reset(struct igb *igb, unsigned int vf);
/* Replaces its address, or adds another one. False: it is no address of a single card, or there is no room. */
bool igb_host_filter_address(struct igb *igb, unsigned int vf, const uint8_t *mac);
bool igb_host_filter_add(struct igb *igb, unsigned int vf, const uint8_t *mac);
/* Takes all added addresses away. */
void igb_host_filter_forget(struct igb *igb, unsigned int vf);
/* Puts it into a VLAN or takes it out. False: there is no room. */
bool igb_host_filter_vlan(struct igb *igb, unsigned int vf, uint32_t vlan, bool wanted);
/* Sets the longest frame, with FCS. False: the card has no such frames. */
bool igb_host_filter_length(struct igb *igb, unsigned int vf, uint32_t length);
/* Makes the table of multicast addresses anew for all. */
void igb_host_filter_multicast(struct igb *igb);

#endif
