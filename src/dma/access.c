/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole accesses, cut into chunks that a small array of pieces can hold. */
#include "dma/access.h"

#include <errno.h>
#include <string.h>

#include "util/os.h"

#define CHUNK_SIZE  (UINT64_C(1) << 20)
/* A chunk of the smallest pages, and one more where it starts inside a page. */
#define PIECE_COUNT (CHUNK_SIZE / 4096 + 1)
#define FILL_SIZE   4096

/* Moves one chunk between a buffer of ours and the bus. */
static int move_chunk(struct host_pe *pe, uint64_t ioba, void *buffer, uint64_t length,
		      uint64_t permission)
{
	struct dma_range range = { ioba, length };
	struct iovec pieces[PIECE_COUNT];
	struct iovec local = { buffer, length };
	struct dma_hold hold;
	ssize_t moved;
	int r = dma_hold(pe, &range, 1, permission, pieces, PIECE_COUNT, &hold);

	if (r)
		return r;
	if (permission & TCE_WRITE)
		moved = os_copy_to(&local, 1, hold.iov, hold.iov_count);
	else
		moved = os_copy_from(&local, 1, hold.iov, hold.iov_count);
	dma_release(&hold, moved > 0 ? (uint64_t)moved : 0);
	return moved == (ssize_t)length ? 0 : dma_memory_gone(pe, ioba, length);
}

static int move(struct host_pe *pe, uint64_t ioba, char *buffer, size_t length,
		uint64_t permission)
{
	while (length) {
		uint64_t step = min_u64(length, CHUNK_SIZE);
		int r = move_chunk(pe, ioba, buffer, step, permission);

		if (r)
			return r;
		ioba += step;
		buffer += step;
		length -= step;
	}
	return 0;
}

int dma_read(struct host_pe *pe, uint64_t ioba, void *buffer, size_t length)
{
	return move(pe, ioba, buffer, length, TCE_READ);
}

int dma_write(struct host_pe *pe, uint64_t ioba, const void *buffer, size_t length)
{
	return move(pe, ioba, (char *)buffer, length, TCE_WRITE);
}

int dma_fill(struct host_pe *pe, uint64_t ioba, uint8_t byte, uint64_t length)
{
	char block[FILL_SIZE];
	int r = 0;

	memset(block, byte, sizeof(block));
	while (length && !r) {
		uint64_t step = min_u64(length, sizeof(block));

		r = move_chunk(pe, ioba, block, step, TCE_WRITE);
		ioba += step;
		length -= step;
	}
	return r;
}

static int copy_chunk(struct host_pe *pe, uint64_t to, uint64_t from, uint64_t length)
{
	struct iovec pieces[2 * PIECE_COUNT];
	struct dma_hold hold;
	unsigned int source;
	ssize_t moved;
	int r = dma_hold_copy(pe, to, from, length, pieces, 2 * PIECE_COUNT, &hold);

	if (r)
		return r;
	source = hold.written_from;
	moved = os_copy_to(pieces, source, pieces + source, hold.iov_count - source);
	dma_release(&hold, moved > 0 ? (uint64_t)moved : 0);
	return moved == (ssize_t)length ? 0 : dma_memory_gone(pe, to, length);
}

int dma_copy(struct host_pe *pe, uint64_t to, uint64_t from, uint64_t length)
{
	while (length) {
		uint64_t step = min_u64(length, CHUNK_SIZE);
		int r = copy_chunk(pe, to, from, step);

		if (r)
			return r;
		to += step;
		from += step;
		length -= step;
	}
	return 0;
}
