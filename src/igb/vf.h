/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual functions of a card. */
#ifndef STCE_IGB_VF_H
#define STCE_IGB_VF_H

#include "igb/card.h"

extern const struct function_type igb_vf_function_type;

/* Implements the operation of the physical function. */
void igb_set_vfs(struct function *fn, unsigned int count);
/* The card ends before its virtual functions do, and they stay without it. */
void igb_vfs_forget(struct igb *igb);

#endif
