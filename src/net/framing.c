/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame that is complete stays where it was received; the rest of a buffer moves to its start. */
#include "net/framing.h"

#include <errno.h>
#include <string.h>

static uint32_t length_at(const unsigned char *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

void framing_put_length(unsigned char *to, uint32_t length)
{
	for (unsigned int i = 0; i < FRAMING_PREFIX; i++)
		to[i] = (unsigned char)(length >> (24 - 8 * i));
}

void framing_reset(struct framing *framing)
{
	framing->start = framing->end = 0;
}

void *framing_room(struct framing *framing, uint32_t *room)
{
	uint32_t count = framing->end - framing->start;

	memmove(framing->bytes, framing->bytes + framing->start, count);
	framing->start = 0;
	framing->end = count;
	*room = FRAMING_SIZE - count;
	return framing->bytes + count;
}

void framing_add(struct framing *framing, uint32_t count)
{
	framing->end += count;
}

/* Returns whether a whole frame is there, with its length. */
static bool is_complete(const struct framing *framing, uint32_t *length)
{
	uint32_t count = framing->end - framing->start;

	*length = count < FRAMING_PREFIX ? 0 : length_at(framing->bytes + framing->start);
	return count >= FRAMING_PREFIX && (*length > NET_FRAME_SIZE_MAX || count - FRAMING_PREFIX >= *length);
}

int framing_peek(struct framing *framing, const void **frame, uint32_t *length)
{
	*frame = NULL;
	while (is_complete(framing, length)) {
		if (*length > NET_FRAME_SIZE_MAX)
			return -EPROTO;
		if (*length >= NET_FRAME_SIZE_MIN) {
			*frame = framing->bytes + framing->start + FRAMING_PREFIX;
			return 0;
		}
		framing->start += FRAMING_PREFIX + *length;
		framing->runts++;
	}
	return 0;
}

void framing_pop(struct framing *framing)
{
	framing->start += FRAMING_PREFIX + length_at(framing->bytes + framing->start);
}

bool framing_is_torn(const struct framing *framing)
{
	return framing->start != framing->end;
}
