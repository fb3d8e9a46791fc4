/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends frames. Only the worker calls this. */
#ifndef STCE_IGB_SEND_FRAME_H
#define STCE_IGB_SEND_FRAME_H

#include "igb/card.h"

/* Sends a frame in at most four parts; there is place for another. Returns false if the port has no room. */
bool igb_send_frame(struct igb *igb, struct iovec *part, unsigned int parts, uint32_t length);

#endif
