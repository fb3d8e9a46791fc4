/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record as bytes. Most calls differ from the last one of their kind in one or two numbers, so
 * only what differs is written:
 *
 *  - kind, in the lower six bits of a byte; bit 6: the number is not the last one plus 1;
 *  - of an ioctl: its slot, a byte;
 *  - if bit 6 is set: how much the number grows, a varint;
 *  - a byte with a bit for each field that differs from the last record of this slot, and the
 *    differences, as zigzag varints;
 *  - a varint with a bit for each 8 bytes of `in` that differ likewise, and the differences;
 *  - the same for `out`, whose first bytes are compared with `in`.
 *
 * Both sides keep the last record of each slot, and forget them where a block begins.
 */
#ifndef STCE_RECORDING_CODEC_H
#define STCE_RECORDING_CODEC_H

#include "recording/format.h"

#define CODEC_IOCTL_SLOTS 32u
#define CODEC_SLOTS       (RECORDING_KINDS + CODEC_IOCTL_SLOTS)

#define CODEC_KIND_MASK 0x3fu
#define CODEC_IS_AHEAD  0x40u

struct codec_last {
	uint64_t field[RECORDING_FIELDS];
	uint64_t in[RECORDING_BYTES_MAX / 8];
};

struct codec {
	uint64_t number;             /* of the last record */
	struct codec_last last[CODEC_SLOTS];
};

/* Begins a block whose first record has this number. */
void codec_begin(struct codec *codec, uint64_t first);

/*
 * Writes at most RECORDING_RECORD_MAX bytes, and returns how many. The number must be above the last.
 * Bytes behind those that RECORDING_IN and RECORDING_OUT count may have any value, and are not written.
 */
size_t codec_encode(struct codec *codec, const struct recording_record *record, uint8_t *to);

/* Returns how many bytes the record has, or 0 if the bytes are no record. */
size_t codec_decode(struct codec *codec, const uint8_t *from, size_t size, struct recording_record *record);

static inline unsigned int codec_slot_of(const struct recording_record *record)
{
	return record->kind == RECORDING_IOCTL ?
	       (unsigned int)((record->field[RECORDING_CALL] ^ record->field[RECORDING_REQUEST]) % CODEC_IOCTL_SLOTS) : 0;
}

#endif
