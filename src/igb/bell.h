/* SPDX-License-Identifier: BSD-2-Clause */
/* How the worker of a card sleeps and is woken. */
#ifndef STCE_IGB_BELL_H
#define STCE_IGB_BELL_H

#include "igb/card.h"

void igb_bell_init(struct igb_worker *w);
void igb_bell_fini(struct igb_worker *w);
/* Tells the worker that there may be something to do. Any thread may call it, with or without locks. */
void igb_ring_bell(struct igb *igb);
/* Waits until the bell rings, or until the given time if that is not 0. Only the worker calls this. */
void igb_bell_wait(struct igb_worker *w, uint64_t ns);

#endif
