/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt registers [82576 7.3, 8.8]. All calls need the function's lock, and none needs the
 * worker to be idle.
 */
#ifndef STCE_IGB_INTERRUPT_H
#define STCE_IGB_INTERRUPT_H

#include "igb/card.h"

/* Sets bits of ICR, and interrupts if they are enabled. */
void igb_cause(struct igb *igb, uint32_t bits);
/* Tells of queues whose descriptors were written back, one bit for each. */
void igb_cause_queues(struct igb *igb, uint32_t tx, uint32_t rx);
/* Tells a virtual function of its mailbox. */
void igb_cause_mail(struct igb *igb, unsigned int number);
/* Raises the vectors whose time has come. */
void igb_interrupt_update(struct igb *igb);
void igb_interrupt_reset(struct igb *igb);

uint32_t igb_icr_read(struct igb *igb, uint32_t offset);
void igb_icr_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_ics_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_ims_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_imc_write(struct igb *igb, uint32_t offset, uint32_t value);
uint32_t igb_eicr_read(struct igb *igb, uint32_t offset);
void igb_eicr_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_eics_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_eims_write(struct igb *igb, uint32_t offset, uint32_t value);
void igb_eimc_write(struct igb *igb, uint32_t offset, uint32_t value);
uint32_t igb_write_only(struct igb *igb, uint32_t offset);

#endif
