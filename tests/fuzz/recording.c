/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recordings, whole or damaged: reading one ends, stays inside it, and gives records whose numbers rise and which can be
 * written again. Each input is read as it is, and then with right checksums, which a search would not find.
 */
#include "fuzz.h"

#include <errno.h>

#include "recording/calls.h"
#include "recording/checksum.h"
#include "recording/reader.h"

/* Sets the checksums of the header and of the blocks that follow each other. */
static void sign(uint8_t *bytes, size_t size)
{
	struct recording_header header;
	struct recording_block block;
	size_t at;

	if (size < sizeof(header))
		return;
	memcpy(&header, bytes, sizeof(header));
	if (header.options_size > size - sizeof(header))
		return;
	header.checksum = recording_checksum(recording_checksum(0, &header, offsetof(struct recording_header, checksum)),
					     bytes + sizeof(header), header.options_size);
	memcpy(bytes, &header, sizeof(header));
	for (at = sizeof(header) + header.options_size; size - at >= sizeof(block); at += sizeof(block) + block.size) {
		memcpy(&block, bytes + at, sizeof(block));
		if (block.size > size - at - sizeof(block))
			return;
		block.checksum = recording_checksum(recording_checksum(0, &block, offsetof(struct recording_block, checksum)),
						    bytes + at + sizeof(block), block.size);
		memcpy(bytes + at, &block, sizeof(block));
	}
}

/* Writes the record as the first of a block, with other bytes behind those that count, and reads it. */
static void write_again(const struct recording_record *record)
{
	static struct codec codec;
	struct recording_record back, other = *record;
	uint8_t bytes[RECORDING_RECORD_MAX];
	size_t size;

	memset(other.in + other.field[RECORDING_IN], 0xff, sizeof(other.in) - other.field[RECORDING_IN]);
	memset(other.out + other.field[RECORDING_OUT], 0xff, sizeof(other.out) - other.field[RECORDING_OUT]);
	codec_begin(&codec, record->number);
	size = codec_encode(&codec, &other, bytes);
	codec_begin(&codec, record->number);
	FUZZ_CHECK(codec_decode(&codec, bytes, size, &back) == size);
	FUZZ_CHECK(back.kind == record->kind && back.number == record->number);
	FUZZ_CHECK(!memcmp(back.field, record->field, sizeof(back.field)));
	FUZZ_CHECK(!memcmp(back.in, record->in, sizeof(back.in)) && !memcmp(back.out, record->out, sizeof(back.out)));
}

static void walk(struct recording *recording)
{
	const struct recording_record *record;
	uint64_t last = 0, count = 0;
	uint32_t process;

	while ((record = recording_next(recording, &process))) {
		const struct recording_call *call = recording_call(record->field[RECORDING_CALL]);

		/* Two processes of a hostile file may have the same number. */
		FUZZ_CHECK(record->number >= last && process);
		last = record->number;
		count++;
		write_again(record);
		if (record->kind == RECORDING_IOCTL && call)
			FUZZ_CHECK(recording_call_fds(call, record->in, record->field[RECORDING_IN]) <=
				   RECORDING_BYTES_MAX / sizeof(int32_t));
	}
	FUZZ_CHECK(count == recording->count);
}

static void read_recording(const uint8_t *bytes, size_t size, bool may_be_partial)
{
	char why[RECORDING_WHY_SIZE] = "";
	struct recording recording;
	int r = recording_parse(&recording, bytes, size, may_be_partial, why);

	fuzz_calls++;
	FUZZ_CHECK(!r || r == -EPROTO || r == -E2BIG || (r == -ENODATA && !may_be_partial));
	FUZZ_CHECK(!r || r == -E2BIG || !strncmp(why, "damaged at offset ", strlen("damaged at offset ")));
	if (r)
		return;
	FUZZ_CHECK(strlen(recording.options) == recording.header.options_size);
	FUZZ_CHECK(may_be_partial || (!recording.is_partial && !recording.torn));
	walk(&recording);
	recording_fini(&recording);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + !size);

	FUZZ_CHECK(copy);
	memcpy(copy, data, size);
	read_recording(copy, size, false);
	read_recording(copy, size, true);
	sign(copy, size);
	read_recording(copy, size, false);
	read_recording(copy, size, true);
	free(copy);
	return 0;
}
