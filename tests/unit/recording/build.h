/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds a recording in memory, so that a test can give it one defect. */
#ifndef STCE_TESTS_RECORDING_BUILD_H
#define STCE_TESTS_RECORDING_BUILD_H

#include <string.h>

#include "recording/checksum.h"
#include "recording/codec.h"

struct built {
	uint8_t bytes[262144];
	size_t size;
	size_t block;                /* where the last block begins */
};

/* Computes the checksum of the header again. */
static inline void built_sign_header(struct built *built)
{
	struct recording_header header;

	memcpy(&header, built->bytes, sizeof(header));
	header.checksum = recording_checksum(recording_checksum(0, &header, offsetof(struct recording_header, checksum)),
					     built->bytes + sizeof(header), header.options_size);
	memcpy(built->bytes, &header, sizeof(header));
}

static inline void build_header(struct built *built, const char *options, size_t size)
{
	const struct recording_header header = {
		.magic = RECORDING_MAGIC,
		.version = RECORDING_VERSION,
		.page_size = 4096,
		.byte_order = RECORDING_LITTLE_ENDIAN,
		.options_size = (uint32_t)size,
	};

	memcpy(built->bytes, &header, sizeof(header));
	memcpy(built->bytes + sizeof(header), options, size);
	built->size = sizeof(header) + size;
	built_sign_header(built);
}

/* Appends a block with these bytes, which may be no records. */
static inline void build_block(struct built *built, struct recording_block block, const void *records)
{
	block.checksum = recording_checksum(recording_checksum(0, &block, offsetof(struct recording_block, checksum)),
					    records, block.size);
	built->block = built->size;
	memcpy(built->bytes + built->size, &block, sizeof(block));
	memcpy(built->bytes + built->size + sizeof(block), records, block.size);
	built->size += sizeof(block) + block.size;
}

/* Appends a block with `count` closes, whose descriptors are their numbers. */
static inline void build_closes(struct built *built, uint32_t process, uint64_t first, uint32_t count)
{
	struct recording_block block = { .kind = RECORDING_BLOCK, .first = first, .process = process, .count = count };
	static struct codec codec;
	uint8_t records[8192];

	codec_begin(&codec, first);
	for (uint32_t i = 0; i < count; i++) {
		struct recording_record record = { .kind = RECORDING_CLOSE, .number = first + i };

		record.field[RECORDING_FD] = first + i;
		block.size += (uint32_t)codec_encode(&codec, &record, records + block.size);
	}
	build_block(built, block, records);
}

static inline void build_end(struct built *built, uint64_t count)
{
	build_block(built, (struct recording_block){ .kind = RECORDING_END, .first = count }, "");
}

#endif
