/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes frames from the packet in hand, and sends them. Only the worker calls these. */
#ifndef STCE_IGB_SEND_H
#define STCE_IGB_SEND_H

#include "igb/card.h"

/*
 * Returns the port's memory for the packet in hand (net_port_room()), if it leaves as its descriptors give it.
 * NULL: it must be gathered in igb->data.
 */
void *igb_send_room(struct igb *igb);
/*
 * Does what the offloads ask for to the packet in igb->data. Returns false if the packet cannot be
 * sent as its descriptors say.
 */
bool igb_send_begin(struct igb *igb);
/* Sends frames of the packet while *budget lasts, and returns false if the port has no room. */
bool igb_send(struct igb *igb, unsigned int *budget);
bool igb_send_is_done(const struct igb *igb);

#endif
