/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements access.h. An access is cut into chunks whose pieces fit into a small array. */
#include "dma/access.h"

#include <errno.h>
#include <string.h>

#include "recording/record.h"
#include "util/guard.h"
#include "util/os_copy.h"

#define CHUNK_SIZE  (UINT64_C(1) << 20)
/* The pages of a chunk when they are smallest, and one more if it starts inside a page. */
#define PIECE_COUNT (CHUNK_SIZE / 4096 + 1)
#define FILL_SIZE   4096

/* Lets the kernel move data between a buffer of ours and held pieces. */
static ssize_t move_by_kernel(char *buffer, uint64_t length, const struct dma_hold *hold)
{
	struct iovec local = { buffer, length };

	return hold->permission & TCE_WRITE ? os_copy_to(&local, 1, hold->iov, hold->iov_count) :
					      os_copy_from(&local, 1, hold->iov, hold->iov_count);
}

/* Moves the data by our own instructions. A piece that faults counts as not moved. */
static ssize_t move_directly(char *buffer, const struct dma_hold *hold)
{
	size_t moved = 0;

	for (unsigned int i = 0; i < hold->iov_count; i++) {
		const struct iovec *piece = &hold->iov[i];
		bool is_write = hold->permission & TCE_WRITE;

		if (!guard_copy(is_write ? piece->iov_base : buffer + moved,
				is_write ? buffer + moved : piece->iov_base, piece->iov_len))
			break;
		moved += piece->iov_len;
	}
	return (ssize_t)moved;
}

/* Moves one chunk between a buffer of ours and the bus. */
static int move_chunk(struct host_pe *pe, struct ioba ioba, void *buffer, uint64_t length,
		      uint64_t permission)
{
	struct dma_range range = { ioba, length };
	struct iovec pieces[PIECE_COUNT];
	struct dma_hold hold;
	ssize_t moved;
	const struct dma_request request = {
		.ranges = &range,
		.count = 1,
		.permission = permission,
		.pieces = pieces,
		.piece_max = PIECE_COUNT,
		.may_wait = true,
	};
	int r = dma_hold(pe, &request, &hold);

	if (r)
		return r;
	moved = pe->phb->has_direct_dma ? move_directly(buffer, &hold) :
					  move_by_kernel(buffer, length, &hold);
	/* The bytes that were moved, because the memory may hold others by now. */
	if (recording_keeps_data() && permission & TCE_READ && moved > 0)
		recording_add_moved(hold.iov, buffer, (size_t)moved);
	dma_release(&hold, moved > 0 ? (uint64_t)moved : 0);
	return moved == (ssize_t)length ? 0 : dma_memory_gone(pe, ioba, length);
}

static int move(struct host_pe *pe, struct ioba ioba, char *buffer, size_t length,
		uint64_t permission)
{
	while (length) {
		uint64_t step = min_u64(length, CHUNK_SIZE);
		int r = move_chunk(pe, ioba, buffer, step, permission);

		if (r)
			return r;
		ioba.value += step;
		buffer += step;
		length -= step;
	}
	return 0;
}

int dma_read(struct host_pe *pe, struct ioba ioba, void *buffer, size_t length)
{
	return move(pe, ioba, buffer, length, TCE_READ);
}

int dma_write(struct host_pe *pe, struct ioba ioba, const void *buffer, size_t length)
{
	return move(pe, ioba, (char *)buffer, length, TCE_WRITE);
}

int dma_fill(struct host_pe *pe, struct ioba ioba, uint8_t byte, uint64_t length)
{
	char block[FILL_SIZE];
	int r = 0;

	memset(block, byte, sizeof(block));
	while (length && !r) {
		uint64_t step = min_u64(length, sizeof(block));

		r = move_chunk(pe, ioba, block, step, TCE_WRITE);
		ioba.value += step;
		length -= step;
	}
	return r;
}

static int copy_chunk(struct host_pe *pe, struct ioba to, struct ioba from, uint64_t length)
{
	struct iovec pieces[2 * PIECE_COUNT];
	struct dma_hold hold;
	unsigned int source;
	ssize_t moved;
	int r = dma_hold_copy(pe, to, from, length, pieces, 2 * PIECE_COUNT, &hold);

	if (r)
		return r;
	source = hold.written_from;
	/* Before the move, because the two may overlap. */
	if (recording_keeps_data())
		recording_add_data(pieces, source);
	moved = os_copy_to(pieces, source, pieces + source, hold.iov_count - source);
	dma_release(&hold, moved > 0 ? (uint64_t)moved : 0);
	return moved == (ssize_t)length ? 0 : dma_memory_gone(pe, to, length);
}

int dma_copy(struct host_pe *pe, struct ioba to, struct ioba from, uint64_t length)
{
	while (length) {
		uint64_t step = min_u64(length, CHUNK_SIZE);
		int r = copy_chunk(pe, to, from, step);

		if (r)
			return r;
		to.value += step;
		from.value += step;
		length -= step;
	}
	return 0;
}
