/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves a command's data. Blocks of the disk go straight between the backing
 * and the pages of the host: the kernel copies once, we never look.
 */
#include <errno.h>
#include <string.h>

#include "dev/nvme_ctrl.h"

typedef int (*range_fn)(struct function *fn, uint64_t ioba, void *buffer, size_t length);
typedef int (*backing_fn)(struct backing *backing, struct iovec *iov, unsigned int count,
			  uint64_t offset, uint64_t *moved);

static int write_range(struct function *fn, uint64_t ioba, void *buffer, size_t length)
{
	return function_dma_write(fn, ioba, buffer, length);
}

static uint16_t each_range(struct nvme *nvme, const struct nvme_command *command,
			   range_fn move, uint8_t *buffer, uint64_t length)
{
	uint16_t status = nvme_map_prps(nvme, command, length);

	for (unsigned int i = 0; i < nvme->range_count && !status; i++) {
		const struct dma_range *range = &nvme->range[i];

		if (move(&nvme->fn, range->ioba, buffer, range->length))
			status = NVME_DATA_TRANSFER_ERROR;
		buffer += range->length;
	}
	return status;
}

uint16_t nvme_data_send(struct nvme *nvme, const struct nvme_command *command,
			const void *buffer, uint64_t length)
{
	return each_range(nvme, command, write_range, (uint8_t *)buffer, length);
}

uint16_t nvme_data_receive(struct nvme *nvme, const struct nvme_command *command,
			   void *buffer, uint64_t length)
{
	return each_range(nvme, command, function_dma_read, buffer, length);
}

uint16_t nvme_backing_status(struct nvme *nvme, int error, bool writing)
{
	if (!error)
		return NVME_OK;
	if (error == -ENOSPC || error == -EDQUOT || error == -EFBIG)
		return NVME_CAPACITY_EXCEEDED;
	nvme->health.media_errors++;
	return writing ? NVME_WRITE_FAULT : NVME_UNRECOVERED_READ;
}

/* Counts the fault where the kernel stopped, `moved` bytes in. */
static uint16_t memory_gone(struct nvme *nvme, uint64_t moved)
{
	unsigned int i = 0;

	while (i + 1 < nvme->range_count && moved >= nvme->range[i].length)
		moved -= nvme->range[i++].length;
	dma_memory_gone(nvme->fn.pe, nvme->range[i].ioba + moved, nvme->range[i].length - moved);
	return NVME_DATA_TRANSFER_ERROR;
}

static uint16_t move_blocks(struct nvme *nvme, const struct nvme_command *command,
			    uint64_t permission, backing_fn move, uint64_t offset,
			    uint64_t length)
{
	uint16_t status = nvme_map_prps(nvme, command, length);
	struct dma_hold hold;
	uint64_t moved;
	int r;

	if (status)
		return status;
	r = function_dma_hold(&nvme->fn, nvme->range, nvme->range_count, permission,
			      nvme->piece, NVME_PIECES_MAX, &hold);
	if (r)
		return r == -EFAULT ? NVME_DATA_TRANSFER_ERROR : NVME_INTERNAL_ERROR;
	r = move(&nvme->backing, hold.iov, hold.iov_count, offset, &moved);
	dma_release(&hold, moved);
	if (r == -EFAULT)
		return memory_gone(nvme, moved);
	return nvme_backing_status(nvme, r, permission == TCE_READ);
}

uint16_t nvme_data_read(struct nvme *nvme, const struct nvme_command *command,
			uint64_t offset, uint64_t length)
{
	return move_blocks(nvme, command, TCE_WRITE, backing_read, offset, length);
}

uint16_t nvme_data_write(struct nvme *nvme, const struct nvme_command *command,
			 uint64_t offset, uint64_t length)
{
	return move_blocks(nvme, command, TCE_READ, backing_write, offset, length);
}

/* Up to 4 KiB of the host's memory against the backing. */
static uint16_t compare_piece(struct nvme *nvme, uint64_t ioba, uint64_t offset, size_t length)
{
	uint8_t wanted[4096];
	struct iovec iov = { nvme->page, length };
	uint64_t moved;
	int r;

	if (function_dma_read(&nvme->fn, ioba, wanted, length))
		return NVME_DATA_TRANSFER_ERROR;
	r = backing_read(&nvme->backing, &iov, 1, offset, &moved);
	if (r)
		return nvme_backing_status(nvme, r, false);
	return memcmp(wanted, nvme->page, length) ? NVME_REFUSED(NVME_COMPARE_FAILURE) : NVME_OK;
}

uint16_t nvme_data_compare(struct nvme *nvme, const struct nvme_command *command,
			   uint64_t offset, uint64_t length)
{
	uint16_t status = nvme_map_prps(nvme, command, length);

	for (unsigned int i = 0; i < nvme->range_count && !status; i++) {
		struct dma_range range = nvme->range[i];

		while (range.length && !status) {
			uint64_t step = min_u64(range.length, sizeof(nvme->page));

			status = compare_piece(nvme, range.ioba, offset, step);
			range.ioba += step;
			range.length -= step;
			offset += step;
		}
	}
	return status;
}
