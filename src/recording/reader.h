/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a recording. The whole file is checked before its first record is given out: each checksum,
 * each record, and that numbers rise. A file that is damaged is refused with the place.
 */
#ifndef STCE_RECORDING_READER_H
#define STCE_RECORDING_READER_H

#include "recording/codec.h"

#define RECORDING_WHY_SIZE 512

/* The records of one process, in its blocks. */
struct recording_stream {
	uint32_t process;
	uint64_t last;               /* while the file is checked: number of the last record */
	const uint8_t *at, *end;     /* of the records that are left of the block */
	const uint8_t **block;       /* where its blocks begin */
	size_t block_count;
	size_t next;                 /* the block after this one */
	bool has_record;
	struct codec codec;
	struct recording_record record;
};

struct recording {
	const uint8_t *bytes;
	size_t size;
	struct recording_header header;
	char *options;               /* a copy that ends with 0 */
	uint64_t count;              /* records that are there */
	uint64_t torn;               /* bytes of blocks that were not written whole */
	uint64_t made;               /* records that programs have made, as the END says */
	uint64_t missing;            /* those of them that are not there */
	bool is_partial;             /* there is no END */
	struct recording_record given;   /* what recording_next() has returned */
	struct recording_stream **stream;
	unsigned int stream_count;
};

/*
 * Checks a recording, whose bytes stay the caller's. `may_be_partial` accepts a file without its end, and
 * skips a block that a killed program has begun to write. On failure there is a line in `why`: -EPROTO;
 * -ENODATA, the file has no end; -E2BIG, it has more processes than can be read; -ENOMEM.
 */
int recording_parse(struct recording *recording, const void *bytes, size_t size, bool may_be_partial,
		    char why[RECORDING_WHY_SIZE]);
void recording_fini(struct recording *recording);

/* Begins again with the first record. */
void recording_rewind(struct recording *recording);
/* Returns the next record by number, which is good until the next call, or NULL. Sets *process. */
const struct recording_record *recording_next(struct recording *recording, uint32_t *process);

#endif
