/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks a recording and finds its processes: reader.h. merge.c gives the records out. */
#include "recording/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording/checksum.h"

/* A stream has about 30 KiB, and a hostile file may have a process in each block of 40 bytes. */
#define PROCESSES_MAX 4096u

struct parser {
	struct recording *recording;
	const uint8_t *at;
	uint64_t last;               /* the record that was read last */
	char *why;
};

/* Says where the file is damaged. */
__attribute__((format(printf, 3, 4)))
static int refuse(const struct parser *parser, const uint8_t *place, const char *format, ...)
{
	int length = snprintf(parser->why, RECORDING_WHY_SIZE, "damaged at offset %zu, after record %llu: ",
			      (size_t)(place - parser->recording->bytes), (unsigned long long)parser->last);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(parser->why + length, RECORDING_WHY_SIZE - (size_t)length, format, arguments);
	va_end(arguments);
	return -EPROTO;
}

static size_t left(const struct parser *parser)
{
	return parser->recording->size - (size_t)(parser->at - parser->recording->bytes);
}

static int parse_options(struct parser *parser)
{
	struct recording *recording = parser->recording;
	const uint32_t size = recording->header.options_size;

	recording->options = calloc(1, (size_t)size + 1);
	if (!recording->options)
		return -ENOMEM;
	memcpy(recording->options, parser->at, size);
	if (strlen(recording->options) != size)
		return refuse(parser, parser->at, "the options have a byte 0");
	parser->at += size;
	return 0;
}

static int parse_header(struct parser *parser)
{
	struct recording_header *header = &parser->recording->header;
	uint32_t sum;

	if (left(parser) < sizeof(*header))
		return refuse(parser, parser->at, "the header ends early");
	memcpy(header, parser->at, sizeof(*header));
	if (header->magic != RECORDING_MAGIC)
		return refuse(parser, parser->at, "it is no recording, which spapr-tce run --record writes");
	if (header->version != RECORDING_VERSION)
		return refuse(parser, parser->at, "it has version %u, and this program reads version %u", header->version,
			      RECORDING_VERSION);
	if (header->byte_order != RECORDING_LITTLE_ENDIAN)
		return refuse(parser, parser->at, "its machine had another order of bytes");
	if (header->options_size > RECORDING_OPTIONS_MAX || left(parser) - sizeof(*header) < header->options_size)
		return refuse(parser, parser->at, "the options end early");
	sum = recording_checksum(0, header, offsetof(struct recording_header, checksum));
	parser->at += sizeof(*header);
	if (recording_checksum(sum, parser->at, header->options_size) != header->checksum)
		return refuse(parser, parser->at - sizeof(*header), "the header or the options have a wrong checksum");
	return parse_options(parser);
}

static struct recording_stream *find_stream(const struct recording *recording, uint32_t process)
{
	for (unsigned int i = 0; i < recording->stream_count; i++)
		if (recording->stream[i]->process == process)
			return recording->stream[i];
	return NULL;
}

static int add_stream(struct parser *parser, uint32_t process, struct recording_stream **made)
{
	struct recording *recording = parser->recording;
	struct recording_stream **streams;

	if (recording->stream_count == PROCESSES_MAX) {
		snprintf(parser->why, RECORDING_WHY_SIZE, "it has more than %u processes, and no more can be read",
			 PROCESSES_MAX);
		return -E2BIG;
	}
	streams = reallocarray(recording->stream, recording->stream_count + 1, sizeof(*streams));
	if (!streams)
		return -ENOMEM;
	recording->stream = streams;
	*made = calloc(1, sizeof(**made));
	if (!*made)
		return -ENOMEM;
	(*made)->process = process;
	streams[recording->stream_count++] = *made;
	return 0;
}

/* Notes where a block begins. */
static int note_block(struct recording_stream *stream, const uint8_t *at)
{
	const uint8_t **more = reallocarray(stream->block, stream->block_count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	stream->block = more;
	more[stream->block_count++] = at;
	return 0;
}

/* Reads each record of the block once. */
static int check_records(struct parser *parser, struct recording_stream *stream, const struct recording_block *block)
{
	const uint8_t *at = parser->at, *end = at + block->size;

	codec_begin(&stream->codec, block->first);
	for (uint32_t i = 0; i < block->count; i++) {
		size_t used = codec_decode(&stream->codec, at, (size_t)(end - at), &stream->record);

		if (!used)
			return refuse(parser, at, "this is no record");
		at += used;
		parser->last = stream->record.number;
	}
	if (at != end)
		return refuse(parser, at, "the block has more bytes than records");
	stream->last = stream->record.number;
	parser->recording->count += block->count;
	return 0;
}

/* Reads what a block says of itself, and checks it. */
static int check_block(struct parser *parser, struct recording_block *block)
{
	const uint8_t *records = parser->at + sizeof(*block);
	uint32_t sum;

	if (left(parser) < sizeof(*block))
		return refuse(parser, parser->at, "a block ends early");
	memcpy(block, parser->at, sizeof(*block));
	if (block->kind != RECORDING_BLOCK && block->kind != RECORDING_END)
		return refuse(parser, parser->at, "no block begins here");
	if (block->size > RECORDING_BLOCK_MAX || left(parser) - sizeof(*block) < block->size)
		return refuse(parser, parser->at, "a block of %u bytes ends early", block->size);
	sum = recording_checksum(0, block, offsetof(struct recording_block, checksum));
	if (recording_checksum(sum, records, block->size) != block->checksum)
		return refuse(parser, parser->at, "a block of %u bytes has a wrong checksum", block->size);
	return 0;
}

/*
 * A program that is killed while it writes leaves the beginning of a block, and other programs may have written behind
 * it. Skips it, and reads the next block that is whole. Returns false if there is none where one must be.
 */
static bool skip_torn(struct parser *parser, struct recording_block *block)
{
	char why[RECORDING_WHY_SIZE];
	struct parser next = *parser;
	const size_t size = left(parser), most = sizeof(*block) + RECORDING_BLOCK_MAX;

	if (size >= sizeof(uint32_t) && memcmp(parser->at, &(uint32_t){ RECORDING_BLOCK }, sizeof(uint32_t)))
		return false;
	next.why = why;
	for (size_t i = 1; i < size && i < most; i++) {
		next.at = parser->at + i;
		if (check_block(&next, block))
			continue;
		parser->at = next.at;
		parser->recording->torn += i;
		return true;
	}
	if (size >= most)
		return false;
	parser->at += size;
	parser->recording->torn += size;
	return true;
}

/* Returns whether the end, if it has come, counts the records of the block that was read last. */
static bool is_counted(const struct recording *recording, const struct recording_stream *stream)
{
	return recording->is_partial || (stream->last <= recording->made && recording->count <= recording->made);
}

static int parse_records(struct parser *parser, const struct recording_block *block)
{
	struct recording_stream *stream = find_stream(parser->recording, block->process);
	int r = stream ? 0 : add_stream(parser, block->process, &stream);

	if (r)
		return r;
	if (!block->process || !block->count || block->first <= stream->last)
		return refuse(parser, parser->at, "the block does not follow the one before of process %u", block->process);
	if (note_block(stream, parser->at))
		return -ENOMEM;
	parser->at += sizeof(*block);
	r = check_records(parser, stream, block);
	if (!r && !is_counted(parser->recording, stream))
		r = refuse(parser, parser->at - sizeof(*block), "the block lies behind the end, which does not count it");
	parser->at += block->size;
	return r;
}

static int parse_end(struct parser *parser, const struct recording_block *block)
{
	struct recording *recording = parser->recording;

	if (!recording->is_partial)
		return refuse(parser, parser->at, "the end comes again");
	recording->is_partial = false;
	if (block->size || block->first < recording->count)
		return refuse(parser, parser->at, "the end counts %llu records, and there are %llu",
			      (unsigned long long)block->first, (unsigned long long)recording->count);
	recording->made = block->first;
	parser->at += sizeof(*block);
	return 0;
}

static int parse_blocks(struct parser *parser, bool may_be_partial)
{
	struct recording_block block = { 0 };
	int r = 0;

	while (!r && left(parser)) {
		r = check_block(parser, &block);
		if (r && may_be_partial && skip_torn(parser, &block))
			r = 0;
		if (!r && left(parser))
			r = block.kind == RECORDING_END ? parse_end(parser, &block) : parse_records(parser, &block);
	}
	if (!r && !parser->recording->is_partial)
		parser->recording->missing = parser->recording->made - parser->recording->count;
	return r;
}

int recording_parse(struct recording *recording, const void *bytes, size_t size, bool may_be_partial,
		    char why[RECORDING_WHY_SIZE])
{
	struct parser parser = { .recording = recording, .at = bytes, .why = why };
	int r;

	*recording = (struct recording){ .bytes = bytes, .size = size, .is_partial = true };
	snprintf(why, RECORDING_WHY_SIZE, "out of memory");
	r = parse_header(&parser);
	if (!r)
		r = parse_blocks(&parser, may_be_partial);
	if (!r && recording->is_partial && !may_be_partial) {
		refuse(&parser, parser.at, "its end is missing: the run goes on, was killed, or the file was cut");
		r = -ENODATA;
	}
	if (r)
		recording_fini(recording);
	else
		recording_rewind(recording);
	return r;
}

void recording_fini(struct recording *recording)
{
	for (unsigned int i = 0; i < recording->stream_count; i++) {
		free(recording->stream[i]->block);
		free(recording->stream[i]);
	}
	free(recording->stream);
	free(recording->options);
	*recording = (struct recording){ 0 };
}
