/* SPDX-License-Identifier: BSD-2-Clause */
/* The writing half of codec.h. */
#include "recording/codec.h"

#include <string.h>

#include "recording/varint.h"

/* Mask, fields or words, and number at their longest; a byte each for kind, slot and mask of fields. */
_Static_assert(3 + VARINT_MAX * (1 + RECORDING_FIELDS + 2 * (1 + RECORDING_BYTES_MAX / 8)) <= RECORDING_RECORD_MAX,
	       "every record fits");

void codec_begin(struct codec *codec, uint64_t first)
{
	memset(codec, 0, sizeof(*codec));
	codec->number = first - 1;
}

/* Takes the words that hold so many bytes, and returns how many. Behind the last byte may be anything. */
static unsigned int take_words(uint64_t *words, const uint8_t *bytes, uint64_t size)
{
	const unsigned int kept = (unsigned int)min_u64(size, RECORDING_BYTES_MAX), count = (kept + 7) / 8;

	memcpy(words, bytes, count * sizeof(words[0]));
	if (kept % 8)
		words[count - 1] &= UINT64_MAX >> (64 - 8 * (kept % 8));
	return count;
}

static uint8_t *put_fields(uint8_t *to, struct codec_last *last, const struct recording_record *record)
{
	uint8_t *mask = to++;

	*mask = 0;
	for (unsigned int i = 0; i < RECORDING_FIELDS; i++) {
		if (record->field[i] == last->field[i])
			continue;
		*mask |= (uint8_t)(1u << i);
		to = varint_put(to, varint_zigzag(record->field[i] - last->field[i]));
	}
	memcpy(last->field, record->field, sizeof(last->field));
	return to;
}

/* Writes the words that differ from those of `last`. */
static uint8_t *put_words(uint8_t *to, const uint64_t *last, const uint64_t *now, unsigned int count)
{
	uint64_t mask = 0;

	for (unsigned int i = 0; i < count; i++)
		mask |= (uint64_t)(now[i] != last[i]) << i;
	to = varint_put(to, mask);
	for (unsigned int i = 0; i < count; i++)
		if (mask & bit64(i))
			to = varint_put(to, varint_zigzag(now[i] - last[i]));
	return to;
}

size_t codec_encode(struct codec *codec, const struct recording_record *record, uint8_t *to)
{
	const uint8_t *start = to;
	const unsigned int slot = codec_slot_of(record);
	const bool is_next = record->number == codec->number + 1;
	struct codec_last *last = &codec->last[record->kind == RECORDING_IOCTL ? RECORDING_KINDS + slot : record->kind];
	uint64_t now[RECORDING_BYTES_MAX / 8];
	unsigned int count;

	*to++ = (uint8_t)(record->kind | (is_next ? 0 : CODEC_IS_AHEAD));
	if (record->kind == RECORDING_IOCTL)
		*to++ = (uint8_t)slot;
	if (!is_next)
		to = varint_put(to, record->number - codec->number);
	codec->number = record->number;
	to = put_fields(to, last, record);
	count = take_words(now, record->in, record->field[RECORDING_IN]);
	to = put_words(to, last->in, now, count);
	memcpy(last->in, now, count * sizeof(now[0]));
	memset(last->in + count, 0, sizeof(last->in) - count * sizeof(last->in[0]));
	count = take_words(now, record->out, record->field[RECORDING_OUT]);
	to = put_words(to, last->in, now, count);
	return (size_t)(to - start);
}
