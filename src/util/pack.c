/* SPDX-License-Identifier: BSD-2-Clause */
/* Grows a row of bytes and reads it back. pack.h says how failures are remembered. */
#include "util/pack.h"

#include <endian.h>
#include <string.h>

#include "util/alloc.h"

#define ROOM_MIN 256

void pack_fini(struct pack *pack)
{
	free(pack->bytes);
	*pack = (struct pack){ 0 };
}

void pack_clear(struct pack *pack)
{
	pack->size = 0;
	pack->has_failed = false;
}

bool pack_trim(struct pack *pack)
{
	uint8_t *bytes;

	if (!pack->size) {
		pack_fini(pack);
		return true;
	}
	bytes = alloc_resize(pack->bytes, pack->size);
	if (!bytes)
		return false;
	pack->bytes = bytes;
	pack->room = pack->size;
	return true;
}

static bool has_room(struct pack *pack, size_t size)
{
	size_t room = pack->room ? pack->room : ROOM_MIN;
	uint8_t *bytes;

	if (size <= pack->room - pack->size)
		return true;
	while (room - pack->size < size)
		room *= 2;
	bytes = alloc_resize(pack->bytes, room);
	if (!bytes)
		return false;
	pack->bytes = bytes;
	pack->room = room;
	return true;
}

void pack_bytes(struct pack *pack, const void *bytes, size_t size)
{
	if (pack->has_failed || !size)
		return;
	if (!has_room(pack, size)) {
		pack->has_failed = true;
		return;
	}
	memcpy(pack->bytes + pack->size, bytes, size);
	pack->size += size;
}

void pack_u16(struct pack *pack, uint16_t value)
{
	value = htole16(value);
	pack_bytes(pack, &value, sizeof(value));
}

void pack_u32(struct pack *pack, uint32_t value)
{
	value = htole32(value);
	pack_bytes(pack, &value, sizeof(value));
}

void pack_u64(struct pack *pack, uint64_t value)
{
	value = htole64(value);
	pack_bytes(pack, &value, sizeof(value));
}

void pack_u32_at(struct pack *pack, size_t at, uint32_t value)
{
	value = htole32(value);
	if (!pack->has_failed)
		memcpy(pack->bytes + at, &value, sizeof(value));
}

const void *unpack_bytes(struct unpack *unpack, size_t size)
{
	const void *bytes = unpack->at;

	if (unpack->has_failed || size > unpack_left(unpack)) {
		unpack->has_failed = true;
		return NULL;
	}
	unpack->at += size;
	return bytes;
}

static void read_bytes(struct unpack *unpack, void *to, size_t size)
{
	const void *from = unpack_bytes(unpack, size);

	if (from)
		memcpy(to, from, size);
}

uint16_t unpack_u16(struct unpack *unpack)
{
	uint16_t value = 0;

	read_bytes(unpack, &value, sizeof(value));
	return le16toh(value);
}

uint32_t unpack_u32(struct unpack *unpack)
{
	uint32_t value = 0;

	read_bytes(unpack, &value, sizeof(value));
	return le32toh(value);
}

uint64_t unpack_u64(struct unpack *unpack)
{
	uint64_t value = 0;

	read_bytes(unpack, &value, sizeof(value));
	return le64toh(value);
}
