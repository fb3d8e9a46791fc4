/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves a command's data: admin structures between a buffer and host memory, blocks between the
 * backing and host memory. For reads and writes the kernel copies blocks straight between the two,
 * so we never touch them; compare reads both sides into buffers.
 */
#include "nvme/data.h"

#include <errno.h>
#include <string.h>

#include "nvme/lock.h"
#include "nvme/prp.h"
#include "nvme/transfer.h"

typedef int (*range_fn)(struct function *fn, struct ioba ioba, void *buffer, size_t length);

static int write_range(struct function *fn, struct ioba ioba, void *buffer, size_t length)
{
	return function_dma_write(fn, ioba, buffer, length);
}

static uint16_t each_range(struct nvme *nvme, const struct nvme_command *command,
			   range_fn move, uint8_t *buffer, uint64_t length)
{
	const struct nvme_transfer *t = nvme_transfer_in_hand(nvme);
	uint16_t status = nvme_map_prps(nvme, command, length);

	for (unsigned int i = 0; i < t->range_count && !status; i++) {
		const struct dma_range *range = &t->range[i];

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

static uint16_t move_blocks(struct nvme *nvme, const struct nvme_request *request,
			    uint64_t permission, uint64_t offset, uint64_t length)
{
	struct nvme_transfer *t = nvme_transfer_in_hand(nvme);
	uint16_t status = nvme_map_prps(nvme, request->command, length);

	t->permission = permission;
	t->offset = offset;
	return status ? status : nvme_transfer_run(nvme, request);
}

uint16_t nvme_data_read(struct nvme *nvme, const struct nvme_request *request,
			uint64_t offset, uint64_t length)
{
	return move_blocks(nvme, request, TCE_WRITE, offset, length);
}

uint16_t nvme_data_write(struct nvme *nvme, const struct nvme_request *request,
			 uint64_t offset, uint64_t length)
{
	return move_blocks(nvme, request, TCE_READ, offset, length);
}

/* Compares at most 4 KiB of host memory with the backing. */
static uint16_t compare_piece(struct nvme *nvme, struct ioba ioba, uint64_t offset, size_t length)
{
	uint8_t wanted[4096];
	struct iovec iov = { nvme->page, length };
	uint64_t moved;
	int r;

	if (function_dma_read(&nvme->fn, ioba, wanted, length))
		return NVME_DATA_TRANSFER_ERROR;
	nvme_leave_lock(nvme);
	r = backing_read(&nvme->backing, &iov, 1, offset, &moved);
	nvme_retake_lock(nvme);
	if (r)
		return nvme_backing_status(nvme, r, false);
	return memcmp(wanted, nvme->page, length) ? NVME_REFUSED(NVME_COMPARE_FAILURE) : NVME_OK;
}

uint16_t nvme_data_compare(struct nvme *nvme, const struct nvme_request *request,
			   uint64_t offset, uint64_t length)
{
	const struct nvme_transfer *t = nvme_transfer_in_hand(nvme);
	uint16_t status = nvme_map_prps(nvme, request->command, length);

	for (unsigned int i = 0; i < t->range_count && !status; i++) {
		struct dma_range range = t->range[i];

		while (range.length && !status) {
			uint64_t step = min_u64(range.length, sizeof(nvme->page));

			status = compare_piece(nvme, range.ioba, offset, step);
			range.ioba.value += step;
			range.length -= step;
			offset += step;
		}
	}
	return status;
}
