/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the records that are not ioctls: recording/record.h. */
#include "recording/record.h"

#include <string.h>

#include "util/os_copy.h"

void recording_add_access(uint64_t address, unsigned int size, const void *bytes, bool is_write, int result)
{
	struct recording_record record = { .kind = is_write ? RECORDING_STORE : RECORDING_LOAD };

	if (size > 64)
		return;
	record.field[RECORDING_ADDRESS] = address;
	record.field[RECORDING_LENGTH] = size;
	record.field[RECORDING_RESULT] = (uint64_t)(int64_t)result;
	record.field[is_write ? RECORDING_IN : RECORDING_OUT] = size;
	memcpy(is_write ? record.in : record.out, bytes, size);
	recording_add(&record, true);
}

void recording_add_plain(enum recording_kind kind, int fd, long result, uint64_t a, uint64_t b, uint64_t c)
{
	struct recording_record record = { .kind = kind };

	record.field[RECORDING_FD] = (uint64_t)(int64_t)fd;
	record.field[RECORDING_RESULT] = (uint64_t)(int64_t)result;
	record.field[RECORDING_A] = a;
	record.field[RECORDING_B] = b;
	record.field[RECORDING_C] = c;
	recording_add(&record, false);
}

/* Packs DDDD:BB:SS.F. */
static uint64_t pack_address(const char *text)
{
	static const char *const form = "dddd:bb:ss.f";
	uint64_t domain = 0, bus = 0, slot = 0, function = 0;

	for (size_t i = 0; form[i] && text[i]; i++) {
		const uint64_t digit = text[i] <= '9' ? (uint64_t)text[i] - '0' : (uint64_t)(text[i] | 0x20) - 'a' + 10;

		if (form[i] == 'd')
			domain = domain << 4 | digit;
		else if (form[i] == 'b')
			bus = bus << 4 | digit;
		else if (form[i] == 's')
			slot = slot << 4 | digit;
		else if (form[i] == 'f')
			function = digit;
	}
	return domain << 16 | bus << 8 | slot << 3 | function;
}

void recording_add_dma(bool is_write, const char *function, uint64_t ioba, uint64_t length, int result)
{
	struct recording_record record = { .kind = is_write ? RECORDING_DMA_WRITE : RECORDING_DMA_READ };

	record.field[RECORDING_FUNCTION] = pack_address(function);
	record.field[RECORDING_LENGTH] = length;
	record.field[RECORDING_OFFSET] = ioba;
	record.field[RECORDING_RESULT] = (uint64_t)(int64_t)result;
	recording_add(&record, true);
}

/* Adds at most RECORDING_BYTES_MAX bytes that lie, or have lain, at `at`. */
static void add_bytes(struct recording_record *record, const char *at, size_t size)
{
	record->kind = RECORDING_DATA;
	record->field[RECORDING_ADDRESS] = (uintptr_t)at;
	record->field[RECORDING_IN] = size;
	recording_add(record, true);
}

/* Returns false if the memory cannot be read. */
static bool add_part(const char *at, size_t size)
{
	struct recording_record record = { 0 };
	const struct iovec from = { (void *)(uintptr_t)at, size }, to = { record.in, size };

	if (os_copy_from(&to, 1, &from, 1) != (ssize_t)size)
		return false;
	add_bytes(&record, at, size);
	return true;
}

void recording_add_data(const struct iovec *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *at = pieces[i].iov_base, *end = at + pieces[i].iov_len;

		while (at < end && add_part(at, min_u64((uint64_t)(end - at), RECORDING_BYTES_MAX)))
			at += min_u64((uint64_t)(end - at), RECORDING_BYTES_MAX);
	}
}

/* The first bytes of a piece, which have been moved to `from`. */
static void add_piece(const struct iovec *piece, const char *from, size_t length)
{
	for (size_t done = 0; done < length; done += RECORDING_BYTES_MAX) {
		struct recording_record record = { 0 };
		size_t size = min_u64(length - done, RECORDING_BYTES_MAX);

		memcpy(record.in, from + done, size);
		add_bytes(&record, (const char *)piece->iov_base + done, size);
	}
}

void recording_add_moved(const struct iovec *pieces, const void *bytes, size_t length)
{
	const char *from = bytes, *end = from + length;

	while (from < end) {
		size_t size = min_u64((uint64_t)(end - from), pieces->iov_len);

		add_piece(pieces++, from, size);
		from += size;
	}
}
