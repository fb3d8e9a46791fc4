/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each virtual function has a mailbox, through which its driver and that of the physical function exchange
 * messages; the mailbox also says that either of the two was reset [82576 7.10.2.9, 8.14]. The caller holds the
 * lock of the physical function, and the worker is not busy.
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
