/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes and reads sections, with their numbers, lengths and checksums. It never looks into a
 * payload. A reader takes no more bytes than its limit and checks a section before it hands it out.
 */
#include "state/stream.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "util/reason.h"

#define MAGIC       "spaprTCE"
#define MAGIC_SIZE  8
#define HEADER_SIZE (MAGIC_SIZE + 4 + 4)     /* magic, version, CRC */
#define FRAME_SIZE  (4 + 4 + 8)              /* type, number, length; the CRC comes last */
#define CRC_SIZE    4
/* A payload is read in steps of this size, so that a false length allocates little memory. */
#define READ_STEP   (64 * 1024)

static uint32_t checksum(uint32_t so_far, const void *bytes, size_t size)
{
	/* zlib would start again if bytes were NULL. */
	return size ? (uint32_t)crc32_z(so_far, bytes, size) : so_far;
}

static int emit(struct state_writer *w, const struct pack *pack)
{
	unsigned int count = reason_count();
	int r = pack->has_failed ? REASON(-ENOMEM, "no memory for a section") :
				   w->write(w->context, pack->bytes, pack->size);

	/* The sink may have said why. */
	r = (int)REASON_END(count, r);
	w->bytes += pack->size;
	return r;
}

int state_writer_begin(struct state_writer *w, state_write_fn write, void *context)
{
	struct pack header = { 0 };
	int r;

	*w = (struct state_writer){ .write = write, .context = context };
	pack_bytes(&header, MAGIC, MAGIC_SIZE);
	pack_u32(&header, STATE_VERSION);
	if (!header.has_failed)
		pack_u32(&header, checksum(0, header.bytes, header.size));
	r = emit(w, &header);
	pack_fini(&header);
	return r;
}

int state_writer_put(struct state_writer *w, enum state_section type, const struct pack *payload)
{
	struct pack frame = { 0 };
	int r;

	pack_u32(&frame, type);
	pack_u32(&frame, w->sections);
	pack_u64(&frame, payload->size);
	pack_bytes(&frame, payload->bytes, payload->size);
	frame.has_failed |= payload->has_failed;
	if (!frame.has_failed)
		pack_u32(&frame, checksum(0, frame.bytes, frame.size));
	r = emit(w, &frame);
	pack_fini(&frame);
	w->sections++;
	return r;
}

static int read_bytes(struct state_reader *reader, void *to, size_t size)
{
	uint8_t *at = to;

	if (size > reader->limit - reader->bytes)
		return REASON(-E2BIG, "the stream is longer than %llu bytes", (unsigned long long)reader->limit);
	reader->bytes += size;
	while (size) {
		unsigned int count = reason_count();
		ssize_t n = reader->read(reader->context, at, size);

		/* The source may have said why. */
		if (n < 0)
			return (int)REASON_END(count, n);
		if (!n)
			return REASON(-ENODATA, "the stream ends inside section %u", reader->sections);
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int state_reader_begin(struct state_reader *reader, state_read_fn read, void *context, uint64_t limit)
{
	uint8_t bytes[HEADER_SIZE];
	struct unpack header = unpack_begin(bytes, sizeof(bytes));
	const char *magic;
	uint32_t version;
	int r;

	*reader = (struct state_reader){ .read = read, .context = context, .limit = limit };
	r = read_bytes(reader, bytes, sizeof(bytes));
	if (r)
		return r;
	magic = unpack_bytes(&header, MAGIC_SIZE);
	version = unpack_u32(&header);
	if (memcmp(magic, MAGIC, MAGIC_SIZE))
		return REASON(-EBADMSG, "this is not a state of spapr-tce");
	if (unpack_u32(&header) != checksum(0, bytes, HEADER_SIZE - CRC_SIZE))
		return REASON(-EBADMSG, "the header's checksum is wrong");
	if (version != STATE_VERSION)
		return REASON(-EPROTONOSUPPORT, "the stream has version %u, and only %u is known", version,
			      STATE_VERSION);
	return 0;
}

/* Reads the payload, or the part of it that exists. */
static int read_payload(struct state_reader *reader, uint64_t length, struct pack *payload)
{
	uint8_t bytes[READ_STEP];
	int r = 0;

	pack_clear(payload);
	while (length && !r) {
		size_t n = min_u64(length, sizeof(bytes));

		r = read_bytes(reader, bytes, n);
		if (!r)
			pack_bytes(payload, bytes, n);
		length -= n;
	}
	return !r && payload->has_failed ? REASON(-ENOMEM, "no memory for a section") : r;
}

int state_reader_get(struct state_reader *reader, uint32_t *type, struct pack *payload)
{
	uint8_t bytes[FRAME_SIZE], crc_bytes[CRC_SIZE];
	struct unpack frame = unpack_begin(bytes, sizeof(bytes));
	struct unpack crc = unpack_begin(crc_bytes, sizeof(crc_bytes));
	uint32_t number, sum;
	uint64_t length;
	int r = read_bytes(reader, bytes, sizeof(bytes));

	if (r)
		return r;
	*type = unpack_u32(&frame);
	number = unpack_u32(&frame);
	length = unpack_u64(&frame);
	if (length > STATE_SECTION_MAX)
		return REASON(-EBADMSG, "section %u claims to have %#llx bytes", reader->sections,
			      (unsigned long long)length);
	r = read_payload(reader, length, payload);
	if (!r)
		r = read_bytes(reader, crc_bytes, sizeof(crc_bytes));
	if (r)
		return r;
	sum = checksum(checksum(0, bytes, sizeof(bytes)), payload->bytes, payload->size);
	if (unpack_u32(&crc) != sum)
		return REASON(-EBADMSG, "the checksum of section %u is wrong", reader->sections);
	if (number != reader->sections)
		return REASON(-EBADMSG, "section %u stands where section %u belongs", number,
			      reader->sections);
	if (*type == 0 || *type >= STATE_SECTION_COUNT)
		return REASON(-EPROTONOSUPPORT, "section %u has the unknown type %u", number, *type);
	reader->sections++;
	return 0;
}
