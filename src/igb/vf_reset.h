/* SPDX-License-Identifier: BSD-2-Clause */
/* The reset of a virtual function [82576 4.2.1.6, 7.10.2.9]. It needs the lock of the physical function. */
#ifndef STCE_IGB_VF_RESET_H
#define STCE_IGB_VF_RESET_H

#include "igb/card.h"

/* Turns off what a virtual function has, and tells the physical one's driver. The worker is not busy. */
void igb_vf_reset(struct igb *igb, unsigned int vf);

#endif
