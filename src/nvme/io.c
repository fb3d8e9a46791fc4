/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of the NVM command set [NVMe 1.4 6]. A command that names blocks checks their range
 * before it touches the backing. data.c and backing.h move the data.
 */
#include "nvme/io.h"

#include "nvme/data.h"
#include "nvme/lock.h"
#include "nvme/transfer.h"
#include "util/range.h"
#include "util/trace.h"

/* The block range of a command. */
struct blocks {
	uint64_t start, count;      /* in blocks */
	uint64_t offset, length;    /* in bytes */
	uint32_t flags;             /* dword 12 */
};

static uint16_t check_range(const struct nvme *nvme, uint64_t start, uint64_t count)
{
	return range_contains(0, nvme->block_count, start, count) ? NVME_OK :
	       NVME_REFUSED(NVME_LBA_OUT_OF_RANGE);
}

static uint16_t blocks_of(const struct nvme *nvme, const struct nvme_command *command,
			  struct blocks *blocks)
{
	unsigned int shift = nvme->settings.block_shift;

	blocks->start = le32_get(command->cdw10) | (uint64_t)le32_get(command->cdw11) << 32;
	blocks->flags = le32_get(command->cdw12);
	blocks->count = (blocks->flags & 0xffff) + UINT64_C(1);
	blocks->offset = blocks->start << shift;
	blocks->length = blocks->count << shift;
	return check_range(nvme, blocks->start, blocks->count);
}

/* Does the same for commands that carry data, whose length is limited. */
static uint16_t data_blocks_of(const struct nvme *nvme, const struct nvme_command *command,
			       struct blocks *blocks)
{
	uint16_t status = blocks_of(nvme, command, blocks);

	if (blocks->length > NVME_TRANSFER_SIZE)
		return NVME_REFUSED(NVME_INVALID_FIELD);
	return status;
}

static uint16_t check_writable(const struct nvme *nvme)
{
	return nvme->backing.readonly ? NVME_REFUSED(NVME_WRITE_PROTECTED) : NVME_OK;
}

static uint16_t flush(struct nvme *nvme)
{
	int r;

	nvme_leave_lock(nvme);
	r = backing_flush(&nvme->backing);
	nvme_retake_lock(nvme);
	return nvme_backing_status(nvme, r, true);
}

/* A write must reach the medium at once if it sets FUA or if the write cache is off. */
static bool wants_flush(const struct nvme *nvme, const struct blocks *blocks)
{
	return (blocks->flags & NVME_RW_FUA) || !nvme->features.value[NVME_FEATURE_WRITE_CACHE];
}

static uint16_t nvme_flush(struct nvme *nvme, struct nvme_request *request)
{
	return flush(nvme);
}

/* Read and Compare both read the medium, and both count as reads. */
static uint16_t read_medium(struct nvme *nvme, struct nvme_request *request,
			    uint16_t (*move)(struct nvme *nvme, const struct nvme_request *request,
					     uint64_t offset, uint64_t length))
{
	struct blocks blocks;
	uint16_t status = data_blocks_of(nvme, request->command, &blocks);

	if (status)
		return status;
	nvme->health.reads++;
	nvme->health.bytes_read += blocks.length;
	return move(nvme, request, blocks.offset, blocks.length);
}

static uint16_t nvme_read(struct nvme *nvme, struct nvme_request *request)
{
	return read_medium(nvme, request, nvme_data_read);
}

static uint16_t nvme_compare(struct nvme *nvme, struct nvme_request *request)
{
	return read_medium(nvme, request, nvme_data_compare);
}

static uint16_t nvme_write(struct nvme *nvme, struct nvme_request *request)
{
	struct blocks blocks;
	uint16_t status = data_blocks_of(nvme, request->command, &blocks);

	if (!status)
		status = check_writable(nvme);
	if (status)
		return status;
	nvme->health.writes++;
	nvme->health.bytes_written += blocks.length;
	request->must_end = wants_flush(nvme, &blocks);
	status = nvme_data_write(nvme, request, blocks.offset, blocks.length);
	return !status && request->must_end ? flush(nvme) : status;
}

static uint16_t nvme_write_zeroes(struct nvme *nvme, struct nvme_request *request)
{
	struct blocks blocks;
	uint16_t status = blocks_of(nvme, request->command, &blocks);
	int r;

	if (!status)
		status = check_writable(nvme);
	if (status)
		return status;
	nvme_leave_lock(nvme);
	r = backing_zero(&nvme->backing, blocks.offset, blocks.length,
			 blocks.flags & NVME_ZEROES_DEALLOCATE);
	nvme_retake_lock(nvme);
	status = nvme_backing_status(nvme, r, true);
	return !status && wants_flush(nvme, &blocks) ? flush(nvme) : status;
}

static uint16_t deallocate(struct nvme *nvme, const struct nvme_dsm_range *ranges, uint32_t n)
{
	unsigned int shift = nvme->settings.block_shift;
	uint16_t status = NVME_OK;

	for (uint32_t i = 0; i < n && !status; i++)
		status = check_range(nvme, le64_get(ranges[i].start), le32_get(ranges[i].blocks));
	for (uint32_t i = 0; i < n && !status; i++) {
		int r;

		nvme_leave_lock(nvme);
		r = backing_discard(&nvme->backing, le64_get(ranges[i].start) << shift,
				    (uint64_t)le32_get(ranges[i].blocks) << shift);
		nvme_retake_lock(nvme);
		status = nvme_backing_status(nvme, r, true);
	}
	return status;
}

/* We ignore the attributes other than Deallocate, because they are hints. */
static uint16_t nvme_dataset_management(struct nvme *nvme, struct nvme_request *request)
{
	const struct nvme_command *command = request->command;
	uint32_t n = (le32_get(command->cdw10) & 0xff) + 1;
	const struct nvme_dsm_range *ranges = (const void *)nvme->page;
	uint16_t status;

	if (!(le32_get(command->cdw11) & NVME_DSM_DEALLOCATE))
		return NVME_OK;
	status = check_writable(nvme);
	if (!status)
		status = nvme_data_receive(nvme, command, nvme->page, n * sizeof(*ranges));
	return status ? status : deallocate(nvme, ranges, n);
}

const struct nvme_opcode nvme_io_opcodes[NVME_OPCODES] = {
	[NVME_IO_FLUSH] = { nvme_flush, 0 },
	[NVME_IO_WRITE] = { nvme_write, NVME_EFFECT_CONTENT },
	[NVME_IO_READ] = { nvme_read, 0 },
	[NVME_IO_COMPARE] = { nvme_compare, 0 },
	[NVME_IO_WRITE_ZEROES] = { nvme_write_zeroes, NVME_EFFECT_CONTENT },
	[NVME_IO_DATASET_MANAGEMENT] = { nvme_dataset_management, NVME_EFFECT_CONTENT },
};

/* Flush accepts all namespaces at once, as VWC in the Identify data says. */
static bool names_our_namespace(const struct nvme_command *command)
{
	uint32_t nsid = le32_get(command->nsid);

	return nsid == NVME_NSID || (nsid == NVME_NSID_ALL && command->opcode == NVME_IO_FLUSH);
}

uint16_t nvme_io_command(struct nvme *nvme, struct nvme_request *request)
{
	const struct nvme_command *command = request->command;
	const struct nvme_opcode *opcode = &nvme_io_opcodes[command->opcode];

	if (!opcode->run)
		return NVME_REFUSED(NVME_INVALID_OPCODE);
	if (command->flags & (NVME_COMMAND_FUSED | NVME_COMMAND_PSDT))
		return NVME_REFUSED(NVME_INVALID_FIELD);
	if (!names_our_namespace(command))
		return NVME_REFUSED(NVME_INVALID_NAMESPACE);
	return opcode->run(nvme, request);
}
