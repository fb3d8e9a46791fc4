/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of a virtual function [82576 8.26]. All calls need the lock of the physical function; they
 * may drop it to wait for the worker.
 */
#ifndef STCE_IGB_VF_REGISTERS_H
#define STCE_IGB_VF_REGISTERS_H

#include "igb/card.h"

/* Access the word at a multiple of 4 below IGB_VF_BAR_SIZE. */
uint32_t igb_vf_read(struct igb *igb, unsigned int vf, uint32_t offset);
void igb_vf_write(struct igb *igb, unsigned int vf, uint32_t offset, uint32_t value);

#endif
