/* SPDX-License-Identifier: BSD-2-Clause */
/* The reading half of codec.h. Nothing that is read is trusted: each number is checked against its bound. */
#include "recording/codec.h"

#include <string.h>

#include "recording/varint.h"

static const uint8_t *get_fields(const uint8_t *from, const uint8_t *end, struct codec_last *last)
{
	uint64_t value;
	uint8_t mask;

	if (from == end)
		return NULL;
	mask = *from++;
	for (unsigned int i = 0; i < RECORDING_FIELDS && from; i++) {
		if (!(mask & 1u << i))
			continue;
		from = varint_get(from, end, &value);
		last->field[i] += varint_unzigzag(value);
	}
	return from;
}

/* Changes the words, which hold so many bytes. */
static const uint8_t *get_words(const uint8_t *from, const uint8_t *end, uint64_t *words, uint64_t bytes)
{
	const unsigned int count = (unsigned int)((bytes + 7) / 8);
	uint64_t mask, value;

	from = varint_get(from, end, &mask);
	if (!from || (count < 64 && mask >> count))
		return NULL;
	for (unsigned int i = 0; i < count && from; i++) {
		if (!(mask & bit64(i)))
			continue;
		from = varint_get(from, end, &value);
		words[i] += varint_unzigzag(value);
	}
	if (from && bytes % 8 && words[count - 1] >> 8 * (bytes % 8))
		return NULL;
	memset(words + count, 0, (RECORDING_BYTES_MAX / 8 - count) * sizeof(words[0]));
	return from;
}

static const uint8_t *get_bytes(const uint8_t *from, const uint8_t *end, struct codec_last *last,
				struct recording_record *record)
{
	uint64_t out[RECORDING_BYTES_MAX / 8];

	if (last->field[RECORDING_IN] > RECORDING_BYTES_MAX || last->field[RECORDING_OUT] > RECORDING_BYTES_MAX)
		return NULL;
	from = get_words(from, end, last->in, last->field[RECORDING_IN]);
	memcpy(out, last->in, sizeof(out));
	if (from)
		from = get_words(from, end, out, last->field[RECORDING_OUT]);
	memcpy(record->field, last->field, sizeof(record->field));
	memcpy(record->in, last->in, sizeof(record->in));
	memcpy(record->out, out, sizeof(record->out));
	return from;
}

/* Reads what precedes the fields, and finds the record's slot. */
static const uint8_t *get_head(struct codec *codec, const uint8_t *from, const uint8_t *end,
			       struct recording_record *record, struct codec_last **last)
{
	const uint8_t byte = *from++;
	uint64_t step = 1;
	unsigned int slot = byte & CODEC_KIND_MASK;

	record->kind = slot;
	if (!slot || slot >= RECORDING_KINDS || byte & ~(CODEC_KIND_MASK | CODEC_IS_AHEAD))
		return NULL;
	if (slot == RECORDING_IOCTL) {
		if (from == end || *from >= CODEC_IOCTL_SLOTS)
			return NULL;
		slot = RECORDING_KINDS + *from++;
	}
	if (byte & CODEC_IS_AHEAD)
		from = varint_get(from, end, &step);
	if (!from || step > UINT64_MAX - codec->number || !step)
		return NULL;
	codec->number += step;
	record->number = codec->number;
	*last = &codec->last[slot];
	return from;
}

size_t codec_decode(struct codec *codec, const uint8_t *from, size_t size, struct recording_record *record)
{
	const uint8_t *start = from, *end = from + size;
	struct codec_last *last;

	if (!size)
		return 0;
	from = get_head(codec, from, end, record, &last);
	if (from)
		from = get_fields(from, end, last);
	if (from)
		from = get_bytes(from, end, last, record);
	return from ? (size_t)(from - start) : 0;
}
