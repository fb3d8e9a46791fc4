/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packs numbers and bytes one after the other, little-endian, and unpacks them. A failure is
 * remembered, so the caller checks once, at the end. Sections and checksums are state/stream.h's.
 */
#ifndef STCE_UTIL_PACK_H
#define STCE_UTIL_PACK_H

#include "util/types.h"

struct pack {
	uint8_t *bytes;
	size_t size, room;
	bool has_failed;      /* memory ran out; the bytes are incomplete */
};

void pack_fini(struct pack *pack);
/* Drops the bytes and keeps the room. */
void pack_clear(struct pack *pack);
/* Frees unused room. false: there is no memory, and nothing has changed. */
bool pack_trim(struct pack *pack);
void pack_bytes(struct pack *pack, const void *bytes, size_t size);
void pack_u16(struct pack *pack, uint16_t value);
void pack_u32(struct pack *pack, uint32_t value);
void pack_u64(struct pack *pack, uint64_t value);
/* Overwrites four bytes that have been packed already. */
void pack_u32_at(struct pack *pack, size_t at, uint32_t value);

struct unpack {
	const uint8_t *at, *end;
	bool has_failed;      /* too few bytes were left; the value reads as 0 */
};

static inline struct unpack unpack_begin(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	/* bytes may be NULL if size is 0, and NULL must not be added to. */
	return (struct unpack){ .at = at, .end = size ? at + size : at };
}

static inline size_t unpack_left(const struct unpack *unpack)
{
	return (size_t)(unpack->end - unpack->at);
}

/* Returns whether all values were present and no byte is left. */
static inline bool unpack_is_done(const struct unpack *unpack)
{
	return !unpack->has_failed && unpack->at == unpack->end;
}

/* Returns a pointer into the bytes that are unpacked, or NULL if fewer than size are left. */
const void *unpack_bytes(struct unpack *unpack, size_t size);
uint16_t unpack_u16(struct unpack *unpack);
uint32_t unpack_u32(struct unpack *unpack);
uint64_t unpack_u64(struct unpack *unpack);

#endif
