/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames in a stream of bytes, as QEMU's socket backends and passt write them: before each frame its
 * length as four bytes, the highest first. The bytes come in pieces of any size.
 *
 *  (F19) Each frame comes out once and whole, however the stream is cut. A length that no frame can
 *        have ends the stream; no byte outside the buffer is touched.
 */
#ifndef STCE_NET_FRAMING_H
#define STCE_NET_FRAMING_H

#include "net/port.h"

#define FRAMING_PREFIX 4u
/* Several frames of the largest size. */
#define FRAMING_SIZE   (256 * 1024u)

struct framing {
	uint32_t start, end;       /* the bytes that are there */
	uint64_t runts;            /* frames that were too short, and were left out */
	unsigned char bytes[FRAMING_SIZE];
};

void framing_reset(struct framing *framing);
/* Where the next bytes go, and how many fit. Frames that were returned are no longer valid. */
void *framing_room(struct framing *framing, uint32_t *room);
void framing_add(struct framing *framing, uint32_t count);
/* 0: *frame is the next frame, or NULL if it is not complete; -EPROTO: no frame can be that long. */
int framing_peek(struct framing *framing, const void **frame, uint32_t *length);
/* Takes the frame that framing_peek() has returned. */
void framing_pop(struct framing *framing);
/* Returns whether part of a frame is there. */
bool framing_is_torn(const struct framing *framing);

/* Writes the four bytes. */
void framing_put_length(unsigned char *to, uint32_t length);

#endif
