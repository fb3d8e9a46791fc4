/* SPDX-License-Identifier: BSD-2-Clause */
#include "testing.h"

#include "store.h"

#include <string.h>
#include <zlib.h>

#define FRAME 16
#define CRC   4

void store_fini(struct store *store)
{
	pack_fini(&store->pack);
}

int store_write(void *context, const void *bytes, size_t size)
{
	struct store *store = context;

	pack_bytes(&store->pack, bytes, size);
	return 0;
}

ssize_t store_read(void *context, void *bytes, size_t size)
{
	struct store *store = context;
	size_t left = store->pack.size - store->at;

	if (store->most && size > store->most)
		size = store->most;
	if (size > left)
		size = left;
	memcpy(bytes, store->pack.bytes + store->at, size);
	store->at += size;
	return (ssize_t)size;
}

int store_restore(struct store *store, struct stce_state *state)
{
	store->at = 0;
	return stce_state_restore(state, store_read, store);
}

static uint64_t load(const uint8_t *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}

static void put(uint8_t *at, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

size_t store_section(const struct store *store, unsigned int n, size_t *length)
{
	size_t at = STORE_HEADER;

	*length = 0;
	for (; at < store->pack.size; at += *length) {
		*length = FRAME + load(store->pack.bytes + at + 8, 8) + CRC;
		if (!n--)
			return at;
	}
	return 0;
}

uint32_t store_type(const struct store *store, unsigned int n)
{
	size_t length, at = store_section(store, n, &length);

	return at ? (uint32_t)load(store->pack.bytes + at, 4) : 0;
}

unsigned int store_find(const struct store *store, uint32_t type, unsigned int n)
{
	unsigned int i = 0;

	for (;; i++) {
		assert_int_not_equal(store_type(store, i), 0);
		if (store_type(store, i) == type && !n--)
			return i;
	}
}

uint8_t *store_payload(struct store *store, unsigned int n)
{
	size_t length;

	return store->pack.bytes + store_section(store, n, &length) + FRAME;
}

void store_seal(struct store *store, unsigned int n)
{
	size_t length, at = store_section(store, n, &length);
	uint8_t *bytes = store->pack.bytes + at;

	put(bytes + length - CRC, store_crc(bytes, length - CRC));
}

uint32_t store_crc(const uint8_t *bytes, size_t size)
{
	return (uint32_t)crc32_z(0, bytes, size);
}

struct store store_copy(const struct store *store)
{
	struct store copy = { 0 };

	pack_bytes(&copy.pack, store->pack.bytes, store->pack.size);
	return copy;
}

static void number_from(struct store *store, unsigned int n)
{
	size_t length, at;

	for (; (at = store_section(store, n, &length)); n++) {
		put(store->pack.bytes + at + 4, n);
		store_seal(store, n);
	}
}

void store_remove(struct store *store, unsigned int n)
{
	size_t length, at = store_section(store, n, &length);

	store->pack.size -= length;
	memmove(store->pack.bytes + at, store->pack.bytes + at + length, store->pack.size - at);
	number_from(store, n);
}

void store_repeat(struct store *store, unsigned int n)
{
	size_t length, at = store_section(store, n, &length);
	struct pack again = { 0 };

	pack_bytes(&again, store->pack.bytes, at + length);
	pack_bytes(&again, store->pack.bytes + at, store->pack.size - at);
	pack_fini(&store->pack);
	store->pack = again;
	number_from(store, n);
}
