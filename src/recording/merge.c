/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives the records of all processes out in the order of their numbers: reader.h. The file has been
 * checked, so a step that fails ends the stream.
 */
#include "recording/reader.h"

#include <string.h>

/* Begins with the next block. */
static bool next_block(struct recording_stream *stream)
{
	struct recording_block block;

	if (stream->next == stream->block_count)
		return false;
	stream->at = stream->block[stream->next++];
	memcpy(&block, stream->at, sizeof(block));
	stream->at += sizeof(block);
	stream->end = stream->at + block.size;
	codec_begin(&stream->codec, block.first);
	return true;
}

static void advance(struct recording_stream *stream)
{
	size_t used = 0;

	if (stream->at < stream->end || next_block(stream))
		used = codec_decode(&stream->codec, stream->at, (size_t)(stream->end - stream->at), &stream->record);
	stream->at += used;
	stream->has_record = used;
}

void recording_rewind(struct recording *recording)
{
	for (unsigned int i = 0; i < recording->stream_count; i++) {
		struct recording_stream *stream = recording->stream[i];

		stream->next = 0;
		stream->at = stream->end = NULL;
		advance(stream);
	}
}

const struct recording_record *recording_next(struct recording *recording, uint32_t *process)
{
	struct recording_stream *first = NULL;

	for (unsigned int i = 0; i < recording->stream_count; i++) {
		struct recording_stream *stream = recording->stream[i];

		if (stream->has_record && (!first || stream->record.number < first->record.number))
			first = stream;
	}
	if (!first)
		return NULL;
	*process = first->process;
	recording->given = first->record;
	advance(first);
	return &recording->given;
}
