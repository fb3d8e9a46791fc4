/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mailboxes between the physical function's driver and those of the virtual ones, and the reset of a
 * virtual function [82576 7.10.2.9, 8.14]. All calls need the lock of the physical function; the worker is
 * not busy.
 */
#ifndef STCE_IGB_MAILBOX_H
#define STCE_IGB_MAILBOX_H

#include "igb/card.h"

/* The registers of the physical function. */
void igb_p2vmailbox_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_ctrl_ext_write(struct igb *igb, uint32_t offset, uint32_t value);
/* The register of a virtual function. */
uint32_t igb_v2pmailbox_read(struct igb *igb, unsigned int vf);
void igb_v2pmailbox_write(struct igb *igb, unsigned int vf, uint32_t value);

/* Takes the mailbox from a virtual function that was reset, and tells the physical one's driver. */
void igb_mail_reset(struct igb *igb, unsigned int vf);

#endif
