/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream consists of sections. Each has a type, its number in the stream, a length and a CRC-32
 * over the section. spapr-tce-state(5) describes the format.
 */
#ifndef STCE_STATE_STREAM_H
#define STCE_STATE_STREAM_H

#include <sys/types.h>

#include "util/pack.h"

#define STATE_VERSION 1
#define STATE_SECTION_MAX MIB      /* bytes of a payload */

enum state_section {
	STATE_ENTRIES = 1,
	STATE_VM,
	STATE_TABLE,
	STATE_BRIDGE,
	STATE_LINK,
	STATE_CONTAINER,
	STATE_MAPPINGS,
	STATE_DEVICE,
	STATE_END,
	STATE_ASSOCIATION,            /* since it is unknown to older readers, it is there only if it is needed */
	STATE_SECTION_COUNT,
};

/* These are stce_state_write_fn and stce_state_read_fn. */
typedef int (*state_write_fn)(void *context, const void *bytes, size_t size);
typedef ssize_t (*state_read_fn)(void *context, void *bytes, size_t size);

struct state_writer {
	state_write_fn write;
	void *context;
	uint32_t sections;
	uint64_t bytes;
};

int state_writer_begin(struct state_writer *writer, state_write_fn write, void *context);
/*
 * Writes a section. -ENOMEM: there was no memory, perhaps already for the payload; or the sink's
 * error.
 */
int state_writer_put(struct state_writer *writer, enum state_section type, const struct pack *payload);

struct state_reader {
	state_read_fn read;
	void *context;
	uint32_t sections;
	uint64_t bytes, limit;       /* bytes read so far, and bytes that may be read */
};

/*
 * -ENODATA: the stream ends too early; -EBADMSG: it is damaged; -EPROTONOSUPPORT: it has another version
 * or an unknown section; -E2BIG: it is too long; -ENOMEM; or the source's error.
 */
int state_reader_begin(struct state_reader *reader, state_read_fn read, void *context, uint64_t limit);
int state_reader_get(struct state_reader *reader, uint32_t *type, struct pack *payload);

#endif
