/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers and bytes one behind the other, little-endian, as they travel. A
 * failure is remembered, so that who packs or unpacks asks once, at the end.
 */
#ifndef STCE_UTIL_PACK_H
#define STCE_UTIL_PACK_H

#include "util/types.h"

struct pack {
	uint8_t *bytes;
	size_t size, room;
	bool has_failed;      /* no memory; what was packed is incomplete */
};

void pack_fini(struct pack *pack);
/* Forgets what was packed, keeps the room. */
void pack_clear(struct pack *pack);
/* Gives back room that is not used; false: no memory, and nothing has changed. */
bool pack_trim(struct pack *pack);
void pack_bytes(struct pack *pack, const void *bytes, size_t size);
void pack_u16(struct pack *pack, uint16_t value);
void pack_u32(struct pack *pack, uint32_t value);
void pack_u64(struct pack *pack, uint64_t value);
/* Overwrites four bytes that are there. */
void pack_u32_at(struct pack *pack, size_t at, uint32_t value);

struct unpack {
	const uint8_t *at, *end;
	bool has_failed;      /* less was there than was wanted; it reads as 0 */
};

static inline struct unpack unpack_begin(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	/* Of nothing there may be no address. */
	return (struct unpack){ .at = at, .end = size ? at + size : at };
}

static inline size_t unpack_left(const struct unpack *unpack)
{
	return (size_t)(unpack->end - unpack->at);
}

/* Everything was there, and nothing is left. */
static inline bool unpack_is_done(const struct unpack *unpack)
{
	return !unpack->has_failed && unpack->at == unpack->end;
}

/* Borrowed from what is unpacked; NULL: so much is not there. */
const void *unpack_bytes(struct unpack *unpack, size_t size);
uint16_t unpack_u16(struct unpack *unpack);
uint32_t unpack_u32(struct unpack *unpack);
uint64_t unpack_u64(struct unpack *unpack);

#endif
