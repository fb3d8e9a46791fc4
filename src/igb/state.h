/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of the card that a reset would lose. */
#ifndef STCE_IGB_STATE_H
#define STCE_IGB_STATE_H

#include "igb/card.h"

void igb_save(struct function *fn, struct pack *to);
int igb_judge(struct function *fn, struct unpack *from, void **state);
void igb_apply(struct function *fn, const void *state);

#endif
